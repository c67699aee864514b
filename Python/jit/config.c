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

bool
jit_config_read(struct jit_config *config)
{
    config->stress = flag("PYTHON_JIT_STRESS", false);
    bool stress = config->stress;
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
    config->stats = (uint8_t)number("PYTHON_JIT_STATS", 0, 2, 0);
    config->optimize = flag("PYTHON_JIT_OPTIMIZE", true);
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
