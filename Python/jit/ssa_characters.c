/* ssa_characters.c - characters of strings, as numbers (see ssa.c).
 *
 * Takes:  an index of a str, a call of ord() or chr(), or a comparison of two characters, where the
 *         recording has seen ASCII.
 * Gives:  the same on the numbers of the characters. The str of a character is one of the interpreter's
 *         own (CHARACTER), which never die; it is looked for only if something has a use for it.
 *
 *     BINARY_SUBSCR_STR_INT    v3 -  > GUARD_INDEX v2, v1
 *                              v4 -  > GUARD_ASCII v1
 *                              v5 p    ASCII_AT v2, v1
 *                              v6 p    CHARACTER v5             (not used: it goes)
 *     COMPARE_OP_STR == 'x'    v7 p    INT_EQ v5, 120
 *
 * Two characters are compared by their numbers, not by their addresses: an equal str of one character may
 * be another object, if a module in C has made it.
 */
#include "ssa.h"

#ifdef _Py_TIER2

static bool
may(struct builder *b)
{
    return ssa_may(b, JIT_OPTIMIZE_CHARACTERS) && ssa_may(b, JIT_OPTIMIZE_INTS);
}

/* ---- their numbers ----------------------------------------------------------- */

/* Is it a constant of one ASCII character? */
static bool
is_constant_character(PyObject *k)
{
    return k != NULL && PyUnicode_CheckExact(k) && PyUnicode_IS_ASCII(k) && PyUnicode_GET_LENGTH(k) == 1;
}

static bool
is_character(struct builder *b, jref v)
{
    return ssa_fact(b, v)->character || is_constant_character(ssa_constant(b, v));
}

/* The number of what is a character without a doubt. */
static jref
ordinal(struct builder *b, jref v)
{
    jref number;
    PyObject *k = ssa_constant(b, v);
    if (is_constant_character(k)) {
        return ssa_emit(b, JIR_INT, 0, 0, PyUnicode_READ_CHAR(k, 0));
    }
    if (!ssa_loaded_before(b, v, ORDINAL, &number)) {
        number = ssa_bounded(b, ssa_emit(b, JIR_ORDINAL, v, 0, 0), (struct interval){0, 127});
        ssa_remember_value(b, v, ORDINAL, number);
    }
    return number;
}

/* Pops operands, and pushes the str of a number that is known to be one of ASCII. */
static bool
replace_by_character(struct builder *b, int operands, jref number)
{
    jref popped[3];
    assert(operands <= (int)Py_ARRAY_LENGTH(popped));
    for (int i = 0; i < operands; i++) {
        popped[i] = ssa_pop(b);
    }
    for (int i = 0; i < operands; i++) {
        ssa_drop(b, popped[i]);
    }
    jref v = ssa_typed(b, ssa_emit(b, JIR_CHARACTER, number, 0, 0), &PyUnicode_Type);
    ssa_fact(b, v)->character = true;
    ssa_remember_value(b, v, ORDINAL, number);
    ssa_push(b, v);
    return true;
}

/* ---- micro-ops --------------------------------------------------------------- */

/* BINARY_SUBSCR_STR_INT, and BINARY_SUBSCR by a constant that counts from the end. */
bool
ssa_load_character(struct builder *b)
{
    if (!may(b) || !b->trace->rec->entries[b->u->line].ascii[1] || !ssa_was_indexed(b, &PyUnicode_Type)) {
        return false;
    }
    jref index = ssa_checked_index(b, &PyUnicode_Type), text = ssa_top(b, 1), seen;
    if (!ssa_loaded_before(b, text, ASCII, &seen)) {
        ssa_guard(b, JIR_GUARD_ASCII, text, 0, 0);
        ssa_remember_load(b, text, ASCII, text);
    }
    jref number = ssa_emit(b, JIR_ASCII_AT, index, text, 0);
    return replace_by_character(b, 2, ssa_bounded(b, number, (struct interval){0, 127}));
}

/* ord(), of a str of one ASCII character. */
bool
ssa_call_ord(struct builder *b)
{
    struct jit_record_entry *e = &b->trace->rec->entries[b->u->line];
    if (!may(b) || e->top[0] != &PyUnicode_Type || !e->ascii[0] || !ssa_leave_to_start(b)) {
        return false;
    }
    jref v = ssa_top(b, 0);
    ssa_guard_type(b, v, &PyUnicode_Type);
    if (!is_character(b, v)) {
        ssa_guard(b, JIR_GUARD_CHARACTER, v, 0, 0);
        ssa_fact(b, v)->character = true;
    }
    ssa_replace_by_number(b, 3, JIR_BOX_INT, ordinal(b, v));
    return true;
}

/* chr(), of the number of an ASCII character. */
bool
ssa_call_chr(struct builder *b)
{
    struct jit_record_entry *e = &b->trace->rec->entries[b->u->line];
    if (!may(b) || !e->ascii[0] || !ssa_was_int(b, 0) || !ssa_leave_to_start(b)) {
        return false;
    }
    jref number = ssa_int_value(b, 0);
    ssa_guard_within(b, number, 0, 127);
    return replace_by_character(b, 3, number);
}

/* A comparison, if both are known to be characters. */
bool
ssa_compare_characters(struct builder *b)
{
    jref left = ssa_top(b, 1), right = ssa_top(b, 0);
    uint16_t exit = b->u->exit;
    if (!may(b) || !ssa_may(b, JIT_OPTIMIZE_CONDITIONS) || !is_character(b, left) || !is_character(b, right) || !ssa_leave_to_start(b)) {
        return false;
    }
    ssa_guard_type(b, left, &PyUnicode_Type);
    ssa_guard_type(b, right, &PyUnicode_Type);
    if (!is_character(b, left) || !is_character(b, right)) {
        b->u->exit = exit;          // (it may have been another object since)
        return false;
    }
    left = ordinal(b, left);
    ssa_compare_values(b, left, ordinal(b, right));
    return true;
}

#endif  // _Py_TIER2
