"""Answers, or opens, TCP connections in the namespace that it is started in.

    flows.py serve
    flows.py open FILE     each line: SOURCE PORT DESTINATION SECONDS; says `yes` or `no` for each, in their order

A connection is one over which a byte came back: an answer may be lost behind a handshake that was not.
"""

import asyncio
import sys

PORT = 7


async def answer(reader, writer):
    try:
        writer.write(await reader.readexactly(1))
        await writer.drain()
    except (OSError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def serve():
    for family, host in ((2, "0.0.0.0"), (10, "::")):
        await asyncio.start_server(answer, host, PORT, family=family, backlog=4096)
    print("ready", flush=True)
    await asyncio.Event().wait()


async def attempt(source, port, destination):
    reader, writer = await asyncio.open_connection(destination, PORT, local_addr=(source, port))
    try:
        writer.write(b"x")
        return await reader.readexactly(1) == b"x"
    finally:
        writer.transport.abort()


async def one(line):
    source, port, destination, patience = line.split()
    try:
        return await asyncio.wait_for(attempt(source, int(port), destination), float(patience))
    except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError):
        return False


async def opened(path):
    with open(path, encoding="ascii") as file:
        lines = file.read().splitlines()
    for went in await asyncio.gather(*map(one, lines)):
        print("yes" if went else "no")


asyncio.run(serve() if sys.argv[1] == "serve" else opened(sys.argv[2]))
