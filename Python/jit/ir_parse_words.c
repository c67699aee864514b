/* ir_parse_words.c - what the lines of a trace's text consist of (see ir_parse.c).
 *
 * Takes:  a place in the text.
 * Gives:  the word, number, ref or value that stands there, with the place
 *         behind it; or what was expected there instead.
 *
 * A word ends at a space, a comma or a bracket that is not within quotes or
 * < >. A value is a ref or a constant. While the text is read, a constant
 * stands for itself, by CONSTANT and its index; its ref is chosen in the end,
 * when it is known which are free.
 */
#include "ir_parse.h"

#ifdef _Py_JIT

#include <errno.h>

/* What stands for a constant until it has a ref: refs are smaller. */
#define CONSTANT 0x8000
#define MAX_CONSTANTS 0x7FFF
static_assert(JIR_MAX_INS <= CONSTANT, "a ref looks like a constant");

bool
parse_fail(struct parser *p, const char *what)
{
    if (!p->failed) {
        p->failed = true;
        PyOS_snprintf(p->error, JIR_ERROR_SIZE, "line %d, column %d: %s", p->line_number,
                      (int)(p->p - p->start) + 1, what);
    }
    return false;
}

bool
parse_no_memory(struct parser *p)
{
    p->failed = true;
    return false;
}

/* After something was appended to the IR: there was room. */
bool
parse_appended(struct parser *p)
{
    if (p->ir->abort == JIT_ABORT_NONE) {
        return true;
    }
    return p->ir->abort == JIT_ABORT_NO_MEMORY ? parse_no_memory(p) : parse_fail(p, "too much for one trace");
}

/* ---- words -------------------------------------------------------------- */

bool
parse_is_end(const char *s)
{
    return *s == '\n' || *s == '\0';
}

void
parse_skip(struct parser *p)
{
    while (*p->p == ' ') {
        p->p++;
    }
}

bool
parse_accept(struct parser *p, const char *text)
{
    parse_skip(p);
    size_t n = strlen(text);
    if (strncmp(p->p, text, n) != 0) {
        return false;
    }
    p->p += n;
    return true;
}

bool
parse_expect(struct parser *p, const char *text, const char *complaint)
{
    return parse_accept(p, text) || parse_fail(p, complaint);
}

/* Where a word ends (see dump.c); at `s` itself if there is none. */
const char *
parse_end_of_word(const char *s)
{
    const char *quote = s[0] == 'b' ? s + 1 : s;
    if (*quote == '\'' || *quote == '"') {
        const char *e = quote + 1;
        while (*e != *quote && !parse_is_end(e)) {
            e += e[0] == '\\' && !parse_is_end(e + 1) ? 2 : 1;
        }
        if (parse_is_end(e)) {
            return s;
        }
        s = e + 1;
    }
    for (int open = 0; !parse_is_end(s); s++) {
        open += *s == '<' ? 1 : *s == '>' ? -1 : 0;
        if (open <= 0 && strchr(" ,[]", *s) != NULL) {
            break;
        }
    }
    return s;
}

bool
parse_word(struct parser *p, const char **text, size_t *length, const char *complaint)
{
    parse_skip(p);
    *text = p->p;
    *length = (size_t)(parse_end_of_word(p->p) - p->p);
    if (*length == 0) {
        return parse_fail(p, complaint);
    }
    p->p += *length;
    return true;
}

bool
parse_is_word(const char *text, size_t length, const char *what)
{
    return strlen(what) == length && memcmp(text, what, length) == 0;
}

bool
parse_number(struct parser *p, long long least, long long most, long long *value)
{
    parse_skip(p);
    const char *digits = *p->p == '-' || *p->p == '+' ? p->p + 1 : p->p;
    if (!Py_ISDIGIT(*digits)) {
        return parse_fail(p, "a number is expected");
    }
    char *end;
    errno = 0;
    *value = strtoll(p->p, &end, 10);
    if (errno == ERANGE || *value < least || *value > most) {
        return parse_fail(p, "a number is out of range");
    }
    p->p = end;
    return true;
}

bool
parse_add_text(struct parser *p, enum jir_text_kind kind, int index, const char *text, size_t length)
{
    return jir_add_text(p->ir, kind, index, text, length) || parse_appended(p);
}

/* ---- values --------------------------------------------------------------- */

bool
parse_ref(struct parser *p, jref *v)
{
    long long n;
    parse_skip(p);
    if (p->p[0] != 'v' || !Py_ISDIGIT(p->p[1])) {
        return parse_fail(p, "a ref is expected");
    }
    p->p++;
    if (!parse_number(p, 1, JIR_MAX_INS - 1, &n)) {
        return false;
    }
    *v = (jref)n;
    return true;
}

static bool
constant(struct parser *p, int op, const char *text, size_t length, uint64_t imm, jref *v)
{
    int k;
    for (k = 0; k < p->constant_count; k++) {
        struct constant *c = &p->constants[k];
        if (c->op == op && c->length == length && memcmp(c->text, text, length) == 0) {
            break;
        }
    }
    if (k == p->constant_count) {
        if (k == MAX_CONSTANTS) {
            return parse_fail(p, "too many constants");
        }
        if (!jit_grow((void **)&p->constants, &p->constant_capacity, k + 1, sizeof(struct constant))) {
            return parse_no_memory(p);
        }
        p->constants[p->constant_count++] = (struct constant){
            .op = (uint8_t)op, .text = text, .length = length, .imm = imm,
            .user = (jref)p->ir->count, .line_number = p->line_number,
        };
    }
    *v = (jref)(CONSTANT | k);
    return true;
}

/* Does jit_dump_object() print such a word? */
bool
parse_is_object(const char *text, size_t length)
{
    static const char *const names[] = {"None", "True", "False", "nan", "inf"};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(names); i++) {
        if (parse_is_word(text, length, names[i])) {
            return true;
        }
    }
    bool bytes = text[0] == 'b' && (text[1] == '\'' || text[1] == '"');
    return bytes || Py_ISDIGIT(text[0]) || strchr("-'\"<?", text[0]) != NULL;
}

/* An operand of which the tables say `letter`, or an item of a snapshot. */
bool
parse_value(struct parser *p, char letter, jref *v)
{
    const char *text;
    size_t length;
    parse_skip(p);
    if (p->p[0] == 'v' && Py_ISDIGIT(p->p[1])) {
        return parse_ref(p, v);
    }
    if (!parse_word(p, &text, &length, "a value is expected")) {
        return false;
    }
    if (parse_is_word(text, length, "NULL")) {
        return constant(p, JIR_NULL, text, length, 0, v);
    }
    if (!parse_is_object(text, length)) {
        p->p = text;
        return parse_fail(p, "a value is expected");
    }
    char *end;
    errno = 0;
    long long n = strtoll(text, &end, 10);
    if (letter == 'i' && end == text + length && errno == 0) {
        return constant(p, JIR_INT, text, length, (uint64_t)n, v);
    }
    return constant(p, JIR_CONST, text, length, 0, v);
}

/* ---- their places -------------------------------------------------------- */

/* Calls a function on each ref of an operand or a snapshot's item. */
static bool
each_use(struct parser *p, bool (*f)(struct parser *p, jref *use))
{
    struct jir *ir = p->ir;
    bool ok = true;
    for (int at = 1; at < ir->count && ok; at++) {
        ok = f(p, &ir->ins[at].a) && f(p, &ir->ins[at].b);
    }
    for (int k = 0; k < ir->arg_count && ok; k++) {
        ok = f(p, &ir->args[k]);
    }
    for (int k = 0; k < ir->item_count && ok; k++) {
        ok = f(p, &ir->items[k]);
    }
    return ok;
}

/* What the text uses without defining it is no place for a constant, nor behind the end. */
static bool
keep_free(struct parser *p, jref *use)
{
    jref v = *use;
    while (v < CONSTANT && v >= p->ir->count) {
        jir_append(p->ir, (struct jir_ins){.op = JIR_NOP});
        if (!parse_appended(p)) {
            return false;
        }
    }
    if (v < CONSTANT && p->ir->ins[v].op == JIR_NOP) {
        p->ir->ins[v].stable = true;    // for parse_place_constants()
    }
    return true;
}

static bool
put_constant(struct parser *p, jref *use)
{
    if (*use >= CONSTANT) {
        *use = p->constants[*use & ~CONSTANT].ref;
    }
    return true;
}

/* Gives the constants places. */
bool
parse_place_constants(struct parser *p)
{
    struct jir *ir = p->ir;
    if (!each_use(p, keep_free)) {
        return false;
    }
    int place = 1;
    for (int k = 0; k < p->constant_count; k++) {
        struct constant *c = &p->constants[k];
        while (place < c->user && (ir->ins[place].op != JIR_NOP || ir->ins[place].stable)) {
            place++;
        }
        if (place >= c->user) {
            p->line_number = c->line_number;
            p->p = p->start;
            return parse_fail(p, "a constant is used that needs a ref which is free before this one");
        }
        ir->ins[place] = (struct jir_ins){.op = c->op, .kind = JIR_PLAIN, .imm = c->imm};
        c->ref = (jref)place;
        if (!parse_add_text(p, JIR_TEXT_INS, place, c->text, c->length)) {
            return false;
        }
    }
    return each_use(p, put_constant);
}

#endif  // _Py_JIT
