#!/usr/bin/env bash
# Replays against peers: wall time of whole jobs, ours and theirs in turn on the same files.
#
#   benches/peers/replay.sh [FOLDER]
#
# FOLDER (default: $CAPTURES, else a new one under /tmp) takes the captures, 5 GB of them, and is deleted at the end if this made it in /tmp.
# BYTES=1000 (MB of a capture) and TURNS=5 may be set. What is missing is installed by apt-get where this runs as root; a peer that is not there is left out and said.
#
# Prints one row for each work, tab-separated: work, file, our median seconds, their median seconds, the median of the turns' ratios (theirs through
# ours: more is faster; both sides of a turn run one behind the other, so what else the machine does weighs on both), and the packets
# that each side counts. Ends with 1 where these do not agree: nfpcapd and pmacctd leave out frames with two VLAN tags, which tcpdump counts.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
turns=${TURNS:-5}
megabytes=${BYTES:-1000}
network=$root/examples/demo/network.yaml
made=
if [[ -n ${1:-${CAPTURES:-}} ]]; then
    folder=${1:-$CAPTURES}
    mkdir -p -- "$folder"
else
    folder=$(mktemp -d "${TMPDIR:-/tmp}/peerpath-replay.XXXXXX")
    made=$folder
fi
scratch=$(mktemp -d "${TMPDIR:-/tmp}/peerpath-peers.XXXXXX")
clean() {
    rm -rf -- "$scratch"
    if [[ -n $made ]]; then rm -rf -- "$made"; fi
}
trap clean EXIT

say() { printf '%s\n' "$*" >&2; }

has() { command -v "$1" >/dev/null 2>&1; }

install_peers() {
    local missing=() pair
    for pair in nfpcapd:nfdump nfdump:nfdump pmacctd:pmacct argus:argus-server racount:argus-client tcpdump:tcpdump capinfos:wireshark-common zstd:zstd python3:python3; do
        has "${pair%%:*}" || missing+=("${pair#*:}")
    done
    if [[ ${#missing[@]} -gt 0 && $(id -u) -eq 0 ]]; then
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >&2 || say "apt-get failed"
    fi
    return 0
}

# Payloads of the generator are zeros, which any decompressor passes over. Here they are words and noise, about two thirds of their size.
fill_payloads() {
    python3 - "$1" "$2" <<'PYTHON'
import random, struct, sys
random.seed(1)
letters = bytes(range(33, 123))
words = [bytes(random.choices(letters, k=random.randint(2, 9))) + b" " for _ in range(4000)]
pool = b"".join(random.choices(words, k=200_000)) + random.randbytes(1 << 19)
with open(sys.argv[1], "rb") as read, open(sys.argv[2], "wb") as write:
    write.write(read.read(24))
    while head := read.read(16):
        data = read.read(struct.unpack_from("<I", head, 8)[0])
        at = random.randrange(len(pool) - 2000)
        write.write(head + data[:74] + pool[at:at + max(0, len(data) - 74)])
PYTHON
}

build() {
    (cd "$root" && cargo build --release --quiet --bin peerpath --example generate)
    ours=$root/target/release/peerpath
    for kind in mixed small; do
        [[ -s $folder/$kind.pcap ]] || "$root/target/release/examples/generate" "$kind" "$folder/$kind.pcap" "$megabytes" 1 >&2
    done
    if has zstd && has python3 && [[ ! -s $folder/text.pcap.zst ]]; then
        fill_payloads "$folder/mixed.pcap" "$folder/text.pcap"
        zstd -q -f -3 -T0 "$folder/text.pcap" -o "$folder/text.pcap.zst"
    fi
}

# --- the works: each runs one job and leaves its output in $scratch/ours or $scratch/theirs -------------------------------

# Flows, the decision for each, and the three views of the main job.
replay() { "$ours" replay "$1" --network "$network" --quiet --threads "$2" >"$scratch/ours"; }

run_nfdump() {
    rm -rf -- "$scratch/nf"
    mkdir -- "$scratch/nf"
    nfpcapd -r "$1" -w "$scratch/nf" >"$scratch/nf.log" 2>&1
    nfdump -q -R "$scratch/nf" -A dstip -o csv >"$scratch/theirs" 2>/dev/null
}

run_pmacctd() { pmacctd -f "$scratch/pmacctd.conf" -I "$1" >"$scratch/pmacctd.log" 2>&1; }

# As nfpcapd and nfdump: flows to a file, then sums per destination address. -X: without the machine's configuration.
run_argus() {
    rm -f -- "$scratch/argus.out"
    argus -X -r "$1" -w "$scratch/argus.out" >"$scratch/argus.log" 2>&1
    racluster -n -r "$scratch/argus.out" -m daddr -s daddr pkts bytes -c , >"$scratch/theirs" 2>/dev/null
}

run_tcpdump() { tcpdump --count -r "$1" >"$scratch/theirs" 2>/dev/null; }

run_capinfos() { capinfos -TmrM -c "$1" >"$scratch/theirs" 2>/dev/null; }

run_zstd() { zstd -dc "$1" >/dev/null; }

configure_pmacctd() {
    # The settings that measured best: a buffer of 4 MB, since it sleeps 1 ms for each.
    grep -rhoE '[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+/[0-9]+' "$root/prefixes" | sort -u >"$scratch/networks"
    cat >"$scratch/pmacctd.conf" <<CONF
daemonize: false
plugins: print[a]
aggregate[a]: dst_net, dst_mask
networks_file: $scratch/networks
pmacctd_net: file
print_output: csv
print_output_file: $scratch/theirs
print_refresh_time: 86400
print_cache_entries: 65537
plugin_pipe_size: 268435456
plugin_buffer_size: 4194304
CONF
}

# --- what each side counted ----------------------------------------------------------------------------------------------

our_packets() {
    "$ours" replay "$1" --by path --top 0 --quiet --format csv |
        awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "packets") at = i; next } { sum += $at } END { print sum + 0 }'
}

# Frames with two tags, which nfpcapd and pmacctd leave out.
two_tags() { tcpdump --count -r "$1" ether proto 0x88a8 2>/dev/null | awk '/packet/ { print $1 }'; }

their_packets() {
    case $1 in
    tcpdump) awk '/packet/ { print $1 }' "$scratch/theirs" ;;
    capinfos) awk -F, 'END { print $NF }' "$scratch/theirs" ;;
    nfdump) nfdump -R "$scratch/nf" -I 2>/dev/null | awk '$1 == "Packets:" { sum += $2 } END { print sum + 0 }' ;;
    argus) racount -r "$scratch/argus.out" 2>/dev/null | awk '$1 == "sum" { print $3 }' ;;
    pmacctd) awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "PACKETS") at = i; next } at { sum += $at } END { print sum + 0 }' "$scratch/theirs" ;;
    *) echo - ;;
    esac
}

seconds() {
    local start end
    start=$(date +%s%N)
    "$@"
    end=$(date +%s%N)
    echo $(((end - start) / 1000))
}

median() { sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }

# work PEER FILE LOST THREADS…: each turn runs ours with each number of threads, then the peer. LOST are the packets that the peer is known to leave
# out; with theirs they must make ours.
work() {
    local peer=$1 file=$2 lost=$3 turn threads other_took took
    shift 3
    local -A mine=() ratios=()
    local -a other=()
    for ((turn = 0; turn < turns; turn++)); do
        local -A now=()
        for threads in "$@"; do now[$threads]=$(seconds replay "$file" "$threads"); done
        other_took=$(seconds "run_$peer" "$file")
        other+=("$other_took")
        for threads in "$@"; do
            took=${now[$threads]}
            mine[$threads]+="$took"$'\n'
            ratios[$threads]+="$(awk -v a="$took" -v b="$other_took" 'BEGIN { printf "%.3f", b / a }')"$'\n'
        done
    done
    local a b ratio ours_counted theirs_counted
    b=$(printf '%s\n' "${other[@]}" | median)
    ours_counted=$(our_packets "$file")
    theirs_counted=$(their_packets "$peer")
    for threads in "$@"; do
        a=$(printf '%s' "${mine[$threads]}" | median)
        ratio=$(printf '%s' "${ratios[$threads]}" | median)
        awk -v work="replay, $threads thread(s), against $peer" -v file="${file##*/}" -v a="$a" -v b="$b" -v ratio="$ratio" -v p="$ours_counted" -v q="$theirs_counted" -v lost="$lost" \
            'BEGIN { printf "%s\t%s\t%.3f\t%.3f\t%.2f\tours %s, theirs %s%s\n", work, file, a / 1e6, b / 1e6, ratio, p, q, lost == 0 ? "" : ", leaves out " lost " with two VLAN tags" }'
    done
    if [[ $theirs_counted != - && $((theirs_counted + lost)) -ne $ours_counted ]]; then
        say "$peer counts $theirs_counted packets of ${file##*/}, peerpath $ours_counted"
        failed=1
    fi
}

install_peers
build
configure_pmacctd
failed=0
say "load before: $(cut -d' ' -f1-3 /proc/loadavg)"
printf 'work\tfile\tours, s\ttheirs, s\tratio\tcounted\n'
for kind in mixed small; do
    file=$folder/$kind.pcap
    lost=0
    if has tcpdump; then lost=$(two_tags "$file"); fi
    if has nfpcapd; then work nfdump "$file" "$lost" 1 2; else say "no nfpcapd: left out"; fi
    if has pmacctd; then work pmacctd "$file" "$lost" 1 2; else say "no pmacctd: left out"; fi
    if has argus && has racluster; then work argus "$file" 0 1 2; else say "no argus: left out"; fi
    if has tcpdump; then work tcpdump "$file" 0 1 2; else say "no tcpdump: left out"; fi
    if has capinfos; then work capinfos "$file" 0 1 2; else say "no capinfos: left out"; fi
done
if [[ -s $folder/text.pcap.zst ]]; then work zstd "$folder/text.pcap.zst" 0 2; else say "no zstd or python3: left out"; fi
for kind in mixed small; do
    if [[ -x /usr/bin/time ]]; then
        for threads in 1 2; do
            /usr/bin/time -f %M -o "$scratch/peak" "$ours" replay "$folder/$kind.pcap" --network "$network" --quiet --threads "$threads" >/dev/null
            printf 'peak memory, %s thread(s)\t%s.pcap\t%s KiB\t-\t-\t-\n' "$threads" "$kind" "$(cat "$scratch/peak")"
        done
    fi
done
say "load after: $(cut -d' ' -f1-3 /proc/loadavg)"
exit "$failed"
