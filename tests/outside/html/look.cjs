// Looks at pages in Chromium: node look.cjs MODULES CHROMIUM PAGE… says on standard output what is wrong, a line each.
// No page may ask for anything but itself, be wider than the window at 1280 and 390 pixels, or have a fault that
// axe-core calls serious or critical, in light and in dark, with all details open. Verdict and next step are on the first
// screen, and nothing is wider than a sheet of paper.
const [modules, executablePath, ...files] = process.argv.slice(2);
const { chromium } = require(`${modules}/playwright-core`);
const axe = require('fs').readFileSync(`${modules}/axe-core/axe.min.js`, 'utf8');
const { pathToFileURL } = require('url');

async function look(browser, file, found) {
  const url = pathToFileURL(file).href;
  const page = await browser.newPage();
  let how = 'at first';
  const say = (what) => found.add(`${file}, ${how}: ${what}`);
  page.on('request', (request) => request.url() === url || say(`request: ${request.url()}`));
  page.on('pageerror', (error) => say(`error: ${error.message}`));
  page.on('console', (message) => message.type() === 'error' && say(`console: ${message.text()}`));
  await page.goto(url, { waitUntil: 'load' });
  await page.evaluate(axe);
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 900 });
    for (const open of [false, true]) {
      how = `${width} px, details ${open ? 'open' : 'closed'}`;
      await page.evaluate((open) => document.querySelectorAll('details').forEach((one) => { one.open = open; }), open);
      const [wide, room] = await page.evaluate(() => {
        const root = document.documentElement;
        return [Math.max(root.scrollWidth, document.body.scrollWidth), root.clientWidth];
      });
      if (wide > room) say(`overflow: ${wide} px are wider than ${room} px`);
    }
    how = `${width} px`;
    const below = await page.evaluate(() => {
      document.querySelectorAll('details').forEach((one) => { one.open = false; });
      const steps = [...document.querySelectorAll('#result + .verdict, #result + .verdict + .next')];
      return steps.map((one) => Math.round(one.getBoundingClientRect().bottom + window.scrollY)).filter((bottom) => bottom > 900);
    });
    if (below.length > 0 && !file.includes('awkward')) say(`verdict or next step end at ${below.join(' and ')} px, below the first screen`);
    for (const colorScheme of ['light', 'dark']) {
      how = `${width} px, ${colorScheme}`;
      await page.emulateMedia({ colorScheme });
      const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
      for (const one of violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')) {
        say(`axe: ${one.id} (${one.impact}) at ${one.nodes.map((node) => node.target.join(' ')).join(', ')}`);
      }
    }
  }
  how = 'on paper';
  await page.emulateMedia({ media: 'print' });
  // A4 without margins of 1 cm, at 96 pixels to the inch.
  await page.setViewportSize({ width: 718, height: 1047 });
  const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  if (wide > room) say(`overflow: ${wide} px are wider than ${room} px`);
  await page.close();
}

(async () => {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] });
  const found = new Set();
  for (const file of files) await look(browser, file, found);
  await browser.close();
  for (const line of found) console.log(line);
  process.exit(found.size > 0 ? 1 : 0);
})().catch((error) => {
  console.error(error);
  process.exit(2);
});
