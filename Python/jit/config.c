/* config.c - the JIT's options, read once from the environment.
 *
 * A value that makes no sense gets one line of warning and the default.
 * -E and -I make Python ignore all of them.
 */
#include "jit.h"

#ifdef _Py_TIER2

#include "pycore_initconfig.h"

#define MAX_BACKOFF 12

static void
warn(const char *name, const char *value, const char *expected)
{
    fprintf(stderr, "python: %s: '%.40s' is not %s; using the default\n",
            name, value, expected);
}

static const char *
get(const char *name)
{
    const char *value = Py_GETENV(name);
    return value != NULL && *value != '\0' ? value : NULL;
}

/* An unsigned number in [low, high], or the default. */
static size_t
number(const char *name, size_t low, size_t high, size_t preset)
{
    const char *value = get(name);
    if (value == NULL) {
        return preset;
    }
    char *end;
    errno = 0;
    unsigned long long n = strtoull(value, &end, 10);
    if (*end != '\0' || *value == '-' || errno != 0 || n < low || n > high) {
        char expected[80];
        PyOS_snprintf(expected, sizeof(expected), "a number from %zu to %zu", low, high);
        warn(name, value, expected);
        return preset;
    }
    return (size_t)n;
}

static bool
flag(const char *name, bool preset)
{
    const char *value = get(name);
    if (value == NULL) {
        return preset;
    }
    if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0) {
        warn(name, value, "0 or 1");
        return preset;
    }
    return *value == '1';
}

/* One item of PYTHON_JIT_STRESS; false: it is none. */
static bool
read_stress_item(struct jit_config *config, const char *item, size_t size)
{
    const struct { const char *name; uint8_t *flag; uint32_t *number; } items[] = {
        {"0", NULL, NULL},
        {"1", &config->hot, NULL},
        {"hot", &config->hot, NULL},
        {"escapes", &config->escapes, NULL},
        {"guards", NULL, &config->guards},
        {"evict", NULL, &config->evict},
        {"alloc", NULL, &config->fail_alloc},
        {"noexec", NULL, &config->refuse_executable},
        {"misallocate", NULL, &config->misallocate},
    };
    const char *colon = memchr(item, ':', size);
    size_t length = colon == NULL ? size : (size_t)(colon - item);
    for (size_t i = 0; i < Py_ARRAY_LENGTH(items); i++) {
        if (strlen(items[i].name) != length || strncmp(items[i].name, item, length) != 0 ||
            (colon == NULL) != (items[i].number == NULL))
        {
            continue;
        }
        if (items[i].flag != NULL) {
            *items[i].flag = 1;
        }
        if (colon != NULL) {
            char *end;
            unsigned long n = Py_ISDIGIT(colon[1]) ? strtoul(colon + 1, &end, 10) : 0;
            if (n == 0 || n > INT32_MAX || end != item + size) {
                return false;
            }
            *items[i].number = (uint32_t)n;
        }
        return true;
    }
    return false;
}

/* The next item of a list with commas, and its size; `rest` is what follows it, NULL at the end. */
static const char *
next_item(const char **rest, size_t *size)
{
    const char *item = *rest;
    if (item != NULL) {
        *size = strcspn(item, ",");
        *rest = item[*size] == ',' ? item + *size + 1 : NULL;
    }
    return item;
}

static void
read_stress(struct jit_config *config)
{
    const char *value = get("PYTHON_JIT_STRESS"), *rest = value, *item;
    const struct jit_config before = *config;
    size_t size;
    while ((item = next_item(&rest, &size)) != NULL) {
        if (!read_stress_item(config, item, size)) {
            warn("PYTHON_JIT_STRESS", value,
                 "0, 1 or some of hot, escapes, guards:N, evict:N, alloc:N, noexec:N, misallocate:N");
            *config = before;
            return;
        }
    }
}

/* PYTHON_JIT_OPTIMIZE: 0, 1, or names of what to leave out. A bit for each that is done, and
 * one that is only clear for 0, where not even the micro-ops are taken apart. */
static uint32_t
read_optimize(void)
{
    static const char *const names[] = {
#define X(NAME, TEXT) TEXT,
        JIT_OPTIMIZATIONS(X)
#undef X
    };
    const uint32_t all = (2U << JIT_OPTIMIZE_COUNT) - 1;
    const char *value = get("PYTHON_JIT_OPTIMIZE"), *rest = value, *item;
    if (value == NULL || strcmp(value, "1") == 0) {
        return all;
    }
    if (strcmp(value, "0") == 0) {
        return 0;
    }
    uint32_t without = 0;
    size_t size;
    while ((item = next_item(&rest, &size)) != NULL) {
        uint32_t found = 0;
        for (size_t i = 0; i < Py_ARRAY_LENGTH(names); i++) {
            if (size == strlen(names[i]) + 1 && *item == '-' && strncmp(item + 1, names[i], size - 1) == 0) {
                found = 1U << i;
            }
        }
        if (found == 0) {
            warn("PYTHON_JIT_OPTIMIZE", value, "0, 1 or what to leave out, some of"
#define X(NAME, TEXT) " -" TEXT
                 JIT_OPTIMIZATIONS(X)
#undef X
                 );
            return all;
        }
        without |= found;
    }
    return all & ~without;
}

bool
jit_config_read(struct jit_config *config)
{
    read_stress(config);
    bool stress = config->hot;
    config->jump_backward = (uint16_t)number(
        "PYTHON_JIT_JUMP_BACKWARD_INITIAL_VALUE", 1, JIT_MAX_LOOP_COUNT, stress ? 2 : 200);
    config->jump_backward_backoff = (uint16_t)number(
        "PYTHON_JIT_JUMP_BACKWARD_INITIAL_BACKOFF", 0, MAX_BACKOFF, stress ? 2 : 9);
    config->resume = (uint16_t)number(
        "PYTHON_JIT_RESUME_INITIAL_VALUE", 1, 65535, stress ? 2 : 400);
    config->resume_backoff = (uint16_t)number(
        "PYTHON_JIT_RESUME_INITIAL_BACKOFF", 0, MAX_BACKOFF, stress ? 2 : 9);
    config->side_exit = (uint16_t)number(
        "PYTHON_JIT_SIDE_EXIT_INITIAL_VALUE", 1, JIT_MAX_LOOP_COUNT, stress ? 2 : 32);
    config->side_exit_backoff = (uint16_t)number(
        "PYTHON_JIT_SIDE_EXIT_INITIAL_BACKOFF", 0, MAX_BACKOFF, stress ? 2 : 6);
    config->rate = (uint32_t)number("PYTHON_JIT_RATE", 0, UINT32_MAX, stress ? 0 : 1000);
    config->stats = (uint8_t)number("PYTHON_JIT_STATS", 0, 2, 0);
    config->optimize = read_optimize();
#ifdef Py_DEBUG
    config->verify = flag("PYTHON_JIT_VERIFY", true);
#else
    config->verify = flag("PYTHON_JIT_VERIFY", false);
#endif
    config->verify |= config->misallocate != 0;
    config->traces = (uint32_t)number("PYTHON_JIT_TRACES", 0, UINT32_MAX, UINT32_MAX);
    config->max_memory = number("PYTHON_JIT_MAXMEM", 0, (size_t)1 << 40,
                                (size_t)32 << 20);
    config->dump = get("PYTHON_JIT_DUMP");
#if _Py_TIER2 & 2
    return flag("PYTHON_JIT", false);
#else
    return flag("PYTHON_JIT", true);
#endif
}

#endif  // _Py_TIER2
