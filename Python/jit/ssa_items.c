/* ssa_items.c - items of lists and tuples, and ranges (see ssa.c).
 *
 * Takes:  a micro-op that loads or stores an item by its index, or takes the
 *         next number of a range.
 * Gives:  primitives: the index is a number, and compared with the size once.
 *
 *     BINARY_SUBSCR_LIST_INT    v3 p> UNBOX_INT v2
 *                                   > GUARD_INDEX v3, v1
 *                               v4 b  LIST_ITEM v3, v1
 *
 * A float that is stored in the place of a float to which nothing else refers is
 * written into that object. Nothing borrowed from the list sees that: what is on the
 * stack gets its own reference before, and is then something else that refers to it.
 */
#include "ssa.h"

#ifdef _Py_TIER2

#include "pycore_long.h"

/* ---- items ----------------------------------------------------------------- */

/* Was the sequence below the top of that type, and the index on top an int of one digit? */
bool
ssa_was_indexed(struct builder *b, PyTypeObject *type)
{
    struct jit_record_entry *e = &b->trace->rec->entries[b->u->line];
    return ssa_may(b, JIT_OPTIMIZE_ITEMS) && type != NULL && e->top[1] == type && e->digits[0] == 1 && ssa_leave_to_start(b);
}

/* Is the index on top a negative one: a constant, or as the recording has seen it? */
static bool
counts_from_end(struct builder *b)
{
    PyObject *k = ssa_constant(b, ssa_top(b, 0));
    return k != NULL ? PyLong_CheckExact(k) && _PyLong_IsNegative((PyLongObject *)k) :
                       b->trace->rec->entries[b->u->line].negative;
}

/* The index on top, of the sequence below it. One that was negative stays that, and counts from the end. */
jref
ssa_checked_index(struct builder *b, PyTypeObject *type)
{
    jref sequence = ssa_top(b, 1), known;
    ssa_guard_type(b, sequence, type);
    ssa_guard_type(b, ssa_top(b, 0), &PyLong_Type);
    jref index = ssa_unbox_int(b, ssa_top(b, 0), 1);
    struct interval in = ssa_interval(b, index);
    if (in.lo < 0 && in.hi >= 0 && counts_from_end(b)) {
        ssa_guard_within(b, index, in.lo, -1);
        in.hi = -1;
    }
    // (Which constant it is, its ref does not tell.)
    bool is_constant = in.lo == in.hi && in.lo >= INT32_MIN && in.lo <= INT32_MAX;
    uint64_t what = INDEX + (is_constant ? JIR_MAX_INS + (uint32_t)in.lo : jir_root(b->ir, index));
    if (in.hi < 0) {
        jref size = ssa_bounded(b, ssa_emit(b, JIR_SIZE, sequence, 0, 0), (struct interval){0, PY_SSIZE_T_MAX});
        index = ssa_int_arithmetic(b, JIR_INT_ADD, size, index);
    }
    if (!ssa_loaded_before(b, sequence, what, &known)) {
        ssa_guard(b, JIR_GUARD_INDEX, index, sequence, 0);
        ssa_remember_load(b, sequence, what, index);
    }
    return index;
}

bool
ssa_load_item(struct builder *b, PyTypeObject *type, int op)
{
    if (!ssa_was_indexed(b, type)) {
        return false;
    }
    jref index = ssa_checked_index(b, type);
    jref item = ssa_emit(b, op, index, ssa_top(b, 1), 0);
    ssa_fact(b, item)->not_null = true;
    jref sub = ssa_pop(b), sequence = ssa_pop(b);
    ssa_push(b, item);
    if (ssa_ins(b, sequence)->kind == JIR_OWNED) {
        ssa_own(b, ssa_cell(b, b->depth - 1));
    }
    ssa_drop(b, sub);
    ssa_drop(b, sequence);
    return true;
}

/* ---- numbers in arrays -------------------------------------------------------- */

/* How an array of that typecode has its items. */
static const struct array_kind {
    const char *typecodes;
    uint8_t size;
    uint8_t place, load, store;     // operations
    struct interval range;          // of ints
} array_kinds[] = {
    {"d", 8, JIR_ARRAY_PLACE_8, JIR_DOUBLE_AT, JIR_SET_DOUBLE, {0, 0}},
    {"lq", 8, JIR_ARRAY_PLACE_8, JIR_INT64_AT, JIR_SET_INT64, {INT64_MIN, INT64_MAX}},
    {"il", 4, JIR_ARRAY_PLACE_4, JIR_INT32_AT, JIR_SET_INT32, {INT32_MIN, INT32_MAX}},
    {"B", 1, JIR_ARRAY_PLACE_1, JIR_UINT8_AT, JIR_SET_UINT8, {0, UINT8_MAX}},
};

/* Of the array that the recording has seen, or NULL. */
static const struct array_kind *
array_kind(struct builder *b)
{
    char typecode = b->trace->rec->entries[b->u->line].typecode;
    for (size_t k = 0; typecode != 0 && k < Py_ARRAY_LENGTH(array_kinds); k++) {
        const struct array_kind *kind = &array_kinds[k];
        bool has_size = typecode != 'l' || kind->size == sizeof(long);
        if (strchr(kind->typecodes, typecode) != NULL && has_size) {
            return kind;
        }
    }
    return NULL;
}

/* Where the item is. */
static jref
array_place(struct builder *b, const struct array_kind *kind)
{
    jref array = ssa_top(b, 1), seen;
    jref index = ssa_checked_index(b, b->jit->array_type);
    char typecode = b->trace->rec->entries[b->u->line].typecode;
    if (!ssa_loaded_before(b, array, TYPECODE, &seen)) {
        ssa_guard(b, JIR_GUARD_TYPECODE, array, 0, (unsigned char)typecode);
        ssa_remember_load(b, array, TYPECODE, array);
    }
    return ssa_emit(b, kind->place, index, array, 0);
}

static bool
load_array_item(struct builder *b)
{
    const struct array_kind *kind = array_kind(b);
    bool is_float = kind != NULL && kind->load == JIR_DOUBLE_AT;
    if (kind == NULL || !ssa_may(b, is_float ? JIT_OPTIMIZE_FLOATS : JIT_OPTIMIZE_INTS) || !ssa_was_indexed(b, b->jit->array_type)) {
        return false;
    }
    jref value = ssa_emit(b, kind->load, array_place(b, kind), 0, 0);
    if (!is_float) {
        ssa_bounded(b, value, kind->range);
    }
    ssa_replace_by_number(b, 2, is_float ? JIR_BOX_FLOAT : JIR_BOX_INT, value);
    return true;
}

static bool
store_array_item(struct builder *b)
{
    const struct array_kind *kind = array_kind(b);
    bool is_float = kind != NULL && kind->load == JIR_DOUBLE_AT;
    if (kind == NULL || !ssa_may(b, is_float ? JIT_OPTIMIZE_FLOATS : JIT_OPTIMIZE_INTS) ||
        !(is_float ? ssa_was_number(b, 2) : ssa_was_int(b, 2)) || !ssa_was_indexed(b, b->jit->array_type))
    {
        return false;
    }
    jref value = is_float ? ssa_float_value(b, 2) : ssa_int_value(b, 2);
    if (!is_float) {
        ssa_guard_within(b, value, kind->range.lo, kind->range.hi);
    }
    jref place = array_place(b, kind);
    ssa_own_all(b, b->depth - 3);
    jref sub = ssa_pop(b), array = ssa_pop(b), object = ssa_pop(b);
    ssa_emit(b, kind->store, place, value, 0);
    ssa_drop(b, object);
    ssa_drop(b, array);
    ssa_drop(b, sub);
    return true;
}

/* An index of bytes. */
static bool
load_byte(struct builder *b)
{
    if (!ssa_may(b, JIT_OPTIMIZE_INTS) || !ssa_was_indexed(b, &PyBytes_Type)) {
        return false;
    }
    jref byte = ssa_emit(b, JIR_BYTE_AT, ssa_checked_index(b, &PyBytes_Type), ssa_top(b, 1), 0);
    ssa_replace_by_number(b, 2, JIR_BOX_INT, ssa_bounded(b, byte, (struct interval){0, UINT8_MAX}));
    return true;
}

/* ---- slices ------------------------------------------------------------------ */

/* The bounds on top of a container: are they all None, or known to be ints? */
static bool
has_quiet_bounds(struct builder *b, int count)
{
    for (int i = 0; i < count; i++) {
        if (ssa_constant(b, ssa_top(b, i)) != Py_None && !ssa_has_type(b, ssa_top(b, i), &PyLong_Type)) {
            return false;
        }
    }
    return true;
}

/* The slice of a container that is of the type, if that is known. */
static void
slice_as(struct builder *b, int op, PyTypeObject *type)
{
    ssa_generic_as(b, op);
    if (b->abort == JIT_ABORT_NONE && type != NULL) {
        ssa_typed(b, ssa_top(b, 0), type);
    }
}

/* BINARY_SLICE of what was seen: guards its type, and that the bounds are ints if they were. */
bool
ssa_binary_slice(struct builder *b)
{
    struct jit_record_entry *e = &b->trace->rec->entries[b->u->line];
    PyTypeObject *type = e->top[2];
    if (!ssa_may(b, JIT_OPTIMIZE_ITEMS) || type == NULL || !jit_is_sliced_quietly(type)) {
        return false;
    }
    for (int i = 0; i < 2; i++) {
        if (e->top[i] != &PyLong_Type && ssa_constant(b, ssa_top(b, i)) != Py_None) {
            return false;
        }
    }
    if (!ssa_leave_to_start(b)) {
        return false;
    }
    ssa_guard_type(b, ssa_top(b, 2), type);
    for (int i = 0; i < 2; i++) {
        if (ssa_constant(b, ssa_top(b, i)) != Py_None) {
            ssa_guard_type(b, ssa_top(b, i), &PyLong_Type);
        }
    }
    slice_as(b, U_BINARY_SLICE_BUILTIN, type);
    return true;
}

/* BINARY_SUBSCR of a slice that has just been made for it. */
static bool
subscr_slice(struct builder *b)
{
    struct jir_ins *slice = ssa_just_made(b, U_BUILD_SLICE);
    if (slice == NULL || slice->arg_count != 3 || !ssa_may(b, JIT_OPTIMIZE_ITEMS)) {
        return false;
    }
    ssa_take_back(b, slice);
    jref container = ssa_top(b, 3);
    PyTypeObject *type = ssa_fact(b, container)->type;
    if (type == NULL || !jit_is_sliced_quietly(type) || !ssa_has_type(b, container, type)) {
        type = NULL;
    }
    slice_as(b, type != NULL && has_quiet_bounds(b, 3) ? U_SUBSCR_SLICE_BUILTIN : U_SUBSCR_SLICE, type);
    return true;
}

/* What the interpreter does not specialize for. */
bool
ssa_binary_subscr(struct builder *b)
{
    if (subscr_slice(b)) {
        return true;
    }
    if (load_array_item(b) || load_byte(b)) {
        return true;
    }
    return counts_from_end(b) && (ssa_load_item(b, &PyList_Type, JIR_LIST_ITEM) || ssa_load_item(b, &PyTuple_Type, JIR_TUPLE_ITEM) ||
                                  ssa_load_character(b));
}

bool
ssa_store_subscr(struct builder *b)
{
    return store_array_item(b) || (counts_from_end(b) && ssa_store_item(b));
}

/* ---- stores to lists ---------------------------------------------------------- */

static bool
is_another_value(struct builder *b, const struct load *load)
{
    return load->offset != UNBOXED_FLOAT || ssa_is_in_local(b, load->base);
}

/* A float object that nothing else refers to gets the value of another one. What is known of values of floats that are
 * not in locals is forgotten: they may be that one. */
void
ssa_set_float(struct builder *b, jref old, jref box)
{
    jref value = ssa_ins(b, box)->a;
    ssa_emit(b, JIR_SET_FLOAT, old, value, 0);
    ssa_forget_loads(b, is_another_value);
    ssa_remember_value(b, old, UNBOXED_FLOAT, value);
}

/* The item stays, and gets another value. */
static void
renew_item(struct builder *b, jref old)
{
    jref sub = ssa_pop(b), list = ssa_pop(b), box = ssa_pop(b);
    ssa_set_float(b, old, box);
    ssa_drop(b, box);
    ssa_drop(b, sub);
    ssa_drop(b, list);
}

/* The item of a list, by an index of one digit. */
bool
ssa_store_item(struct builder *b)
{
    if (!ssa_was_indexed(b, &PyList_Type)) {
        return false;
    }
    jref index = ssa_checked_index(b, &PyList_Type), list = ssa_top(b, 1), box = ssa_top(b, 2);
    struct jit_lost *lost = &b->trace->rec->entries[b->u->line].lost[0];
    ssa_own_all(b, b->depth - 3);
    if (lost->unshared && lost->type == &PyFloat_Type && ssa_is_new(b, box, JIR_BOX_FLOAT) && !ssa_is_copied(b, box)) {
        jref old = ssa_emit(b, JIR_LIST_ITEM, index, list, 0);
        ssa_guard_type(b, old, &PyFloat_Type);
        ssa_guard(b, JIR_GUARD_UNSHARED, old, 0, 0);
        renew_item(b, old);
        return true;
    }
    jref place = ssa_emit(b, JIR_LIST_PLACE, index, list, 0);
    jref old = ssa_emit(b, JIR_ITEM_AT, place, 0, 0);
    ssa_fact(b, old)->not_null = true;
    bool shared = lost->type == NULL && ssa_guard_shared(b, old, lost);
    if (lost->type != NULL) {
        ssa_guard_type(b, old, lost->type);
    }
    ssa_own(b, ssa_cell(b, b->depth - 3));
    jref sub = ssa_pop(b), value;
    list = ssa_pop(b);
    value = ssa_pop(b);
    jref taken = ssa_emit(b, JIR_TAKE, old, 0, 0);
    b->items_set = ssa_emit(b, JIR_SET_ITEM, place, value, 0);
    ssa_drop_overwritten(b, taken, shared);
    ssa_drop(b, sub);
    ssa_drop(b, list);
    return true;
}

/* ---- unpacking --------------------------------------------------------------- */

#define MOST_UNPACKED 4             // of more, each would be 40 bytes of code for little work

/* Unpacks what was seen to be of that type and of the right size. If the trace has the only reference to it, as far
 * as is known, the items get their own, and it is freed; else they are borrowed from it. */
bool
ssa_unpack(struct builder *b, PyTypeObject *type)
{
    int n = (int)b->u->oparg;
    jref sequence = ssa_top(b, 0), items[MOST_UNPACKED];
    if (!ssa_may(b, JIT_OPTIMIZE_UNPACKING) || n > MOST_UNPACKED || !ssa_leave_to_start(b)) {
        return false;
    }
    ssa_guard_type(b, sequence, type);
    ssa_guard(b, JIR_GUARD_INT_EQ, ssa_emit(b, JIR_SIZE, sequence, 0, 0), ssa_emit(b, JIR_INT, 0, 0, (uint64_t)n), 0);
    jref place = type == &PyList_Type ? ssa_emit(b, JIR_LIST_PLACE, ssa_emit(b, JIR_INT, 0, 0, 0), sequence, 0) : 0;
    for (int i = 0; i < n; i++) {
        size_t offset = (size_t)i * sizeof(PyObject *);
        items[i] = place != 0 ? ssa_emit(b, JIR_ITEM_AT, place, 0, offset) :
                                ssa_emit(b, JIR_LOAD, sequence, 0, offsetof(PyTupleObject, ob_item) + offset);
        ssa_fact(b, items[i])->not_null = true;
    }
    bool is_freed = ssa_ins(b, sequence)->kind == JIR_OWNED && !ssa_is_held(b, sequence);
    ssa_pop(b);
    for (int i = n - 1; i >= 0; i--) {
        ssa_push(b, items[i]);
        if (is_freed) {
            ssa_own(b, ssa_cell(b, b->depth - 1));
        }
    }
    ssa_drop(b, sequence);
    return true;
}

/* ---- ranges ---------------------------------------------------------------- */

bool
ssa_guard_range_left(struct builder *b)
{
    if (!ssa_may(b, JIT_OPTIMIZE_ITEMS)) {
        return false;
    }
    ssa_guard(b, JIR_GUARD_RANGE_LEFT, ssa_top(b, 0), 0, 0);
    return true;
}

/* The next number, if it has been one of one digit. */
bool
ssa_next_of_range(struct builder *b)
{
    struct jit_record_entry *e = &b->trace->rec->entries[b->u->line];
    if (!ssa_may(b, JIT_OPTIMIZE_ITEMS) || !ssa_may(b, JIT_OPTIMIZE_INTS) || e->digits[0] != 1 || !ssa_leave_to_start(b)) {
        return false;
    }
    jref range = ssa_top(b, 0);
    jref number = ssa_emit(b, JIR_RANGE_START, range, 0, 0);
    ssa_guard(b, JIR_GUARD_COMPACT, number, 0, 0);
    ssa_of_digits(b, number, 1);
    ssa_emit(b, JIR_RANGE_ADVANCE, range, 0, 0);
    ssa_replace_by_number(b, 0, JIR_BOX_INT, number);
    return true;
}

/* ---- pairs ----------------------------------------------------------------- */

/* The next of an enumerate(): the index is a number, if it has been one of one digit. */
bool
ssa_next_of_enumerate(struct builder *b)
{
    struct jit_record_entry *e = &b->trace->rec->entries[b->u->line];
    if (!ssa_may(b, JIT_OPTIMIZE_INTS) || e->top[0] != &PyEnum_Type || e->digits[0] != 1) {
        return false;
    }
    jref iterator = ssa_top(b, 0);
    ssa_guard_type(b, iterator, &PyEnum_Type);
    jref number = ssa_emit(b, JIR_LOAD_INT, iterator, 0, offsetof(struct _PyJIT_Enumerate, index));
    ssa_guard(b, JIR_GUARD_COMPACT, number, 0, 0);
    ssa_of_digits(b, number, 1);
    ssa_own_all(b, b->depth);       // (before the exit is written down)
    b->exit_snap = ssa_exit_snapshot(b);
    ssa_generic_as(b, U_FOR_ITER_ENUMERATE);
    ssa_replace_by_number(b, 0, JIR_BOX_INT, number);
    return true;
}

#endif  // _Py_TIER2
