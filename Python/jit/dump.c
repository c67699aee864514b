/* dump.c - traces as text, for people: PYTHON_JIT_DUMP=stage,stage[:file].
 *
 * Stages: translate, optimize, abort, all; `help` lists them. A `%p` in the
 * file's name is the process id. Without a file the text goes to stderr.
 */
#include "jit.h"

#ifdef _Py_TIER2

#include "pycore_jit_tables.h"

static const char *const stages[] = {"translate", "optimize", "abort", "all"};

static bool
names(const char *dump, const char *stage)
{
    size_t n = strlen(stage);
    for (const char *p = dump; *p != '\0' && *p != ':';) {
        size_t len = strcspn(p, ",:");
        if (len == n && strncmp(p, stage, n) == 0) {
            return true;
        }
        p += len;
        p += *p == ',';
    }
    return false;
}

bool
jit_dump_wants(struct jit *jit, const char *stage)
{
    const char *dump = jit->config.dump;
    if (dump == NULL) {
        return false;
    }
    if (names(dump, "help")) {
        fprintf(stderr, "PYTHON_JIT_DUMP stages:");
        for (size_t i = 0; i < Py_ARRAY_LENGTH(stages); i++) {
            fprintf(stderr, " %s", stages[i]);
        }
        fprintf(stderr, "\n");
        jit->config.dump = NULL;
        return false;
    }
    return names(dump, stage) || names(dump, "all");
}

static FILE *
open_dump(struct jit *jit)
{
    const char *colon = strchr(jit->config.dump, ':');
    if (colon == NULL) {
        return stderr;
    }
    char name[1024];
    size_t n = 0;
    for (const char *p = colon + 1; *p != '\0' && n < sizeof(name) - 24; p++) {
        if (p[0] == '%' && p[1] == 'p') {
            n += (size_t)sprintf(name + n, "%ld", (long)getpid());
            p++;
        }
        else {
            name[n++] = *p;
        }
    }
    name[n] = '\0';
    FILE *file = fopen(name, "a");
    return file != NULL ? file : stderr;
}

void
jit_dump_trace(struct jit *jit, struct jit_trace *trace, const char *stage,
               uint32_t id)
{
    FILE *file = open_dump(jit);
    fprintf(file, "== trace %u  %s (%s:%d)  after %s  ops %d\n", (unsigned)id,
            PyUnicode_AsUTF8(trace->code->co_qualname),
            PyUnicode_AsUTF8(trace->code->co_filename),
            trace->code->co_firstlineno, stage, trace->count);
    for (int i = 0; i < trace->count; i++) {
        struct jit_uop *u = &trace->uops[i];
        fprintf(file, "%5d  f%-2u s%-2d %-42s %6u  %#llx", i, (unsigned)u->frame,
                u->stack, jit_uop_info[u->op].name, (unsigned)u->oparg,
                (unsigned long long)u->operand);
        if (u->exit != JIT_NO_EXIT) {
            struct jit_exit_site *x = &trace->exits[u->exit];
            PyCodeObject *code = trace->frames[u->frame].code;
            fprintf(file, "  exit=%u @%ld s%d", (unsigned)u->exit,
                    (long)(x->target - _PyCode_CODE(code)) * 2, x->stack);
        }
        fprintf(file, "\n");
    }
    if (file != stderr) {
        fclose(file);
    }
}

#endif  // _Py_TIER2
