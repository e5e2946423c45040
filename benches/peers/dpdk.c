/* What the harness needs of DPDK's rte_fib and rte_fib6, with memory in huge pages where the kernel gives them. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_fib.h>
#include <rte_fib6.h>
#include <rte_rib.h>
#include <rte_rib6.h>
#include <rte_vect.h>
#include <rte_version.h>

const char *peer_version(void) { return rte_version(); }

/* Asks for huge pages in every large private mapping that is there now. */
static void ask_huge_pages(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    while (maps && fgets(line, sizeof line, maps)) {
        unsigned long from, to;
        char rights[5];
        if (sscanf(line, "%lx-%lx %4s", &from, &to, rights) == 3 && rights[0] == 'r' && rights[1] == 'w' &&
            to - from >= (16ul << 20))
            madvise((void *)from, to - from, MADV_HUGEPAGE);
    }
    if (maps)
        fclose(maps);
}

int peer_start(int huge)
{
    char *arguments[] = {"peers", "--no-huge", "-m", "6144", "--no-pci", "--no-telemetry", "--log-level=1",
                         "--force-max-simd-bitwidth=512", "-l", "0", NULL};
    int result = rte_eal_init(10, arguments);
    if (result >= 0 && huge)
        ask_huge_pages();
    return result;
}

/* width: bytes of an entry, 2 or 4. */
void *peer_fib4(const uint32_t *addresses, const uint8_t *lengths, const uint32_t *values, uint32_t count, int width,
                uint32_t groups, const char *name)
{
    struct rte_fib_conf conf;
    memset(&conf, 0, sizeof conf);
    conf.type = RTE_FIB_DIR24_8;
    conf.default_nh = 0;
    conf.max_routes = count * 2 + 1024;
    conf.rib_ext_sz = 0;
    conf.dir24_8.nh_sz = width == 2 ? RTE_FIB_DIR24_8_2B : RTE_FIB_DIR24_8_4B;
    conf.dir24_8.num_tbl8 = groups;
    struct rte_fib *fib = rte_fib_create(name, -1, &conf);
    if (!fib)
        return NULL;
    for (uint32_t index = 0; index < count; index++)
        if (rte_fib_add(fib, addresses[index], lengths[index], values[index]) != 0) {
            rte_fib_free(fib);
            return NULL;
        }
    return fib;
}

/* kind: 0 scalar, 1 AVX-512; not zero where this machine has it not. */
int peer_select4(void *fib, int kind)
{
    return rte_fib_select_lookup(fib, kind ? RTE_FIB_LOOKUP_DIR24_8_VECTOR_AVX512
                                           : RTE_FIB_LOOKUP_DIR24_8_SCALAR_MACRO);
}

void peer_lookup4(void *fib, uint32_t *addresses, uint64_t *out, int count)
{
    rte_fib_lookup_bulk(fib, addresses, out, count);
}

void peer_free4(void *fib) { rte_fib_free(fib); }

void *peer_fib6(const uint8_t *addresses, const uint8_t *lengths, const uint32_t *values, uint32_t count, int width,
                uint32_t groups, const char *name)
{
    struct rte_fib6_conf conf;
    memset(&conf, 0, sizeof conf);
    conf.type = RTE_FIB6_TRIE;
    conf.default_nh = 0;
    conf.max_routes = count * 2 + 1024;
    conf.rib_ext_sz = 0;
    conf.trie.nh_sz = width == 2 ? RTE_FIB6_TRIE_2B : RTE_FIB6_TRIE_4B;
    conf.trie.num_tbl8 = groups;
    struct rte_fib6 *fib = rte_fib6_create(name, -1, &conf);
    if (!fib)
        return NULL;
    for (uint32_t index = 0; index < count; index++)
        if (rte_fib6_add(fib, addresses + 16ul * index, lengths[index], values[index]) != 0) {
            rte_fib6_free(fib);
            return NULL;
        }
    return fib;
}

int peer_select6(void *fib, int kind)
{
    return rte_fib6_select_lookup(fib, kind ? RTE_FIB6_LOOKUP_TRIE_VECTOR_AVX512 : RTE_FIB6_LOOKUP_TRIE_SCALAR);
}

void peer_lookup6(void *fib, uint8_t *addresses, uint64_t *out, int count)
{
    rte_fib6_lookup_bulk(fib, (uint8_t(*)[16])addresses, out, count);
}

void peer_free6(void *fib) { rte_fib6_free(fib); }
