/* ssa_micro_ops.c - what each micro-op does, in terms of values (see ssa.c).
 *
 * Takes:  a micro-op and the builder's state before it.
 * Gives:  the state after it, and what of it remains to be done; or false for
 *         what has no case of its own, of which ssa_generic.c knows the stack effect.
 *
 * A case is here if it needs no code at all (locals, constants, the stack), if
 * it consists of primitives (attributes), or if what it does may be known
 * beforehand (guards, globals, callees).
 */
#include "ssa.h"

#ifdef _Py_TIER2

#include "opcode.h"
#include "pycore_dict.h"
#include "pycore_function.h"
#include "pycore_list.h"
#include "pycore_object.h"
#include "pycore_opcode_utils.h"
#include "pycore_tuple.h"
#include "pycore_jit_tables.h"

/* ---- guards ------------------------------------------------------------ */

void
ssa_guard_type(struct builder *b, jref v, PyTypeObject *type)
{
    struct fact *f = ssa_fact(b, v);
    if (ssa_may(b, JIT_OPTIMIZE_GUARDS)) {
        if (ssa_has_type(b, v, type)) {
            return;
        }
        if (f->type == type && f->not_null) {
            ssa_known(b);
            return;
        }
    }
    // (An instance of a class in Python may be assigned another one, which only this tells the trace.)
    if (!_PyType_HasFeature(type, Py_TPFLAGS_IMMUTABLETYPE) && !ssa_depends(b, type)) {
        return;
    }
    ssa_guard(b, JIR_GUARD_TYPE, v, 0, (uintptr_t)type);
    if (!ssa_is_sure(b, v)) {
        *ssa_fact(b, v) = (struct fact){0};
    }
    ssa_typed(b, v, type);
}

static void
guard_both(struct builder *b, PyTypeObject *type)
{
    ssa_guard_type(b, ssa_top(b, 1), type);
    ssa_guard_type(b, ssa_top(b, 0), type);
}

static void
guard_type_version(struct builder *b)
{
    jref owner = ssa_top(b, 0);
    uint32_t version = (uint32_t)b->u->operand;
    if (ssa_fact(b, owner)->version == version && ssa_may(b, JIT_OPTIMIZE_GUARDS)) {
        ssa_known(b);
        return;
    }
    ssa_guard(b, JIR_GUARD_VERSION, owner, 0, version);
    struct fact *f = ssa_fact(b, owner);
    f->version = 0;
    f->not_null = true;
    PyTypeObject *type = b->trace->rec->entries[b->u->line].top[0];
    if (type != NULL && type->tp_version_tag == version && ssa_depends(b, type)) {
        f = ssa_fact(b, owner);
        f->version = version;
        f->type = type;
    }
}

/* ---- attributes -------------------------------------------------------- */

/* Where the inline values of the type's instances are. */
static int64_t
values_offset(PyTypeObject *type, size_t field)
{
    return (int64_t)type->tp_basicsize + (int64_t)field;
}

uint64_t
ssa_inline_value_offset(PyTypeObject *type, uint64_t index)
{
    return (uint64_t)values_offset(type, offsetof(PyDictValues, values) + (size_t)index * sizeof(PyObject *));
}

static bool
check_values(struct builder *b, bool no_dict)
{
    jref owner = ssa_top(b, 0), seen;
    PyTypeObject *type = ssa_fact(b, owner)->type;
    if (type == NULL || ssa_fact(b, owner)->version == 0 || !ssa_may(b, JIT_OPTIMIZE_ATTRIBUTES)) {
        return false;
    }
    if (no_dict && !ssa_loaded_before(b, owner, NO_DICT, &seen)) {
        ssa_guard(b, JIR_GUARD_ZERO, owner, 0, (uint64_t)(int64_t)MANAGED_DICT_OFFSET);
        ssa_remember_load(b, owner, NO_DICT, owner);
    }
    if (!ssa_loaded_before(b, owner, VALID_VALUES, &seen)) {
        ssa_guard(b, JIR_GUARD_BYTE, owner, 0, (uint64_t)values_offset(type, offsetof(PyDictValues, valid)));
        ssa_remember_load(b, owner, VALID_VALUES, owner);
    }
    return true;
}

/* Replaces the owner on top by an attribute, and perhaps a NULL. */
static void
replace_owner(struct builder *b, jref value, bool with_null)
{
    jref owner = ssa_pop(b);
    ssa_push(b, value);
    if (ssa_ins(b, owner)->kind == JIR_OWNED) {
        ssa_own(b, ssa_cell(b, b->depth - 1));
        ssa_drop(b, owner);
    }
    if (with_null) {
        ssa_push(b, ssa_null(b));
    }
}

/* A field of the object on top, which must not be NULL. */
static void
load_field(struct builder *b, int64_t offset, bool with_null)
{
    jref owner = ssa_top(b, 0), value;
    if (!ssa_loaded_before(b, owner, (uint64_t)offset, &value)) {
        value = ssa_emit(b, JIR_LOAD, owner, 0, (uint64_t)offset);
        ssa_remember_load(b, owner, (uint64_t)offset, value);
    }
    if (!ssa_fact(b, value)->not_null) {
        ssa_guard(b, JIR_GUARD_NOT_NULL, value, 0, 0);
        ssa_fact(b, value)->not_null = true;
    }
    replace_owner(b, value, with_null);
}

static bool
load_instance_value(struct builder *b)
{
    PyTypeObject *type = ssa_fact(b, ssa_top(b, 0))->type;
    if (type == NULL || ssa_fact(b, ssa_top(b, 0))->version == 0 || !ssa_may(b, JIT_OPTIMIZE_ATTRIBUTES)) {
        return false;
    }
    int64_t offset = (int64_t)ssa_inline_value_offset(type, b->u->operand);
    load_field(b, offset, b->u->op == U_LOAD_ATTR_INSTANCE_VALUE_1);
    return true;
}

/* What the instruction's cache names, which its guards have found to be right: it is as
 * immutable as the type is, if that is watched. */
static jref
cached_constant(struct builder *b, bool watched)
{
    jref v = ssa_new_constant(b, (PyObject *)(uintptr_t)b->u->operand, false);
    if (!watched) {
        ssa_fact(b, v)->constant = NULL;
    }
    return v;
}

static void
load_method(struct builder *b)
{
    jref self = ssa_pop(b);
    ssa_push(b, cached_constant(b, ssa_fact(b, self)->version != 0));
    ssa_push(b, self);
}

/* ---- globals ----------------------------------------------------------- */

/* Borrowed, or NULL. */
static PyObject *
watched_value(PyObject *dict, PyObject *name)
{
    PyObject *value = PyDict_GetItemWithError(dict, name);
    PyErr_Clear();
    return value;
}

/* Will the JIT be told of a change to this key, and is that rare? (A look-up
 * among keys that are not all str may run code.) */
static bool
can_watch(struct builder *b, PyObject *dict, PyObject *name)
{
    return PyDict_CheckExact(dict) && DK_IS_UNICODE(((PyDictObject *)dict)->ma_keys) &&
           !jit_changes_often(b->jit, dict, name) &&
           jit_watch_dict(b->jit, dict) == 0 &&
           ssa_depends(b, jit_dict_key(dict, name)) && ssa_depends(b, dict);
}

/* The constant that a LOAD_GLOBAL gives, borrowed from the dict that a change
 * of is told; NULL: it cannot be folded. */
static PyObject *
global_constant(struct builder *b, struct jit_uop *load)
{
    struct jit_frame *frame = &b->trace->frames[load->frame];
    PyObject *builtins = b->jit->interp->builtins;
    PyObject *name = PyTuple_GET_ITEM(frame->code->co_names, load->oparg >> 1);
    if (frame->globals == NULL || frame->builtins != builtins ||
        !can_watch(b, frame->globals, name))
    {
        return NULL;
    }
    PyObject *value = watched_value(frame->globals, name);
    if (load->op == U_LOAD_GLOBAL_BUILTINS_0 || load->op == U_LOAD_GLOBAL_BUILTINS_1) {
        if (value != NULL || !can_watch(b, builtins, name)) {
            return NULL;
        }
        value = watched_value(builtins, name);
    }
    return value;
}

/* What is folded is a constant of one dict. That the frame's globals are this
 * dict (versions do not tell: a copy has the same) is guarded once in each
 * frame; the other guards go if what follows them is folded. */
static bool
guard_globals(struct builder *b)
{
    struct frame_state *frame = &b->frames[b->frame];
    struct jit_uop *load = b->u + 1;
    if (load->op == U_GUARD_BUILTINS_VERSION) {
        load++;
    }
    b->folded = ssa_may(b, JIT_OPTIMIZE_GLOBALS) ? global_constant(b, load) : NULL;
    if (b->folded == NULL) {
        return false;
    }
    if (frame->globals_guarded) {
        ssa_known(b);
        return true;
    }
    ssa_guard_uop(b, b->stale ? U_GUARD_GLOBALS_AND_VALID : U_GUARD_GLOBALS,
              (uintptr_t)b->trace->frames[b->frame].globals);
    ssa_validated(b);
    frame->globals_guarded = true;
    return true;
}

static bool
guard_builtins(struct builder *b)
{
    struct frame_state *frame = &b->frames[b->frame];
    if (b->folded == NULL) {
        return false;
    }
    if (frame->builtins_guarded) {
        ssa_known(b);
        return true;
    }
    ssa_guard_uop(b, U_GUARD_BUILTINS, (uintptr_t)b->trace->frames[b->frame].builtins);
    frame->builtins_guarded = true;
    return true;
}

/* The value of the load that comes after the guards at hand, which have found it to be a
 * constant; 0 if not. */
static jref
take_folded(struct builder *b)
{
    PyObject *value = b->folded;
    b->folded = NULL;
    return value == NULL ? 0 : ssa_new_constant(b, value, false);
}

/* LOAD_GLOBAL_MODULE and _BUILTINS; false: as any other micro-op. */
static bool
load_global(struct builder *b)
{
    jref value = take_folded(b);
    if (value == 0) {
        return false;
    }
    ssa_push(b, value);
    if (b->u->oparg & 1) {
        ssa_push(b, ssa_null(b));
    }
    return true;
}

/* ---- attributes of modules ---------------------------------------------- */

/* The constant that the LOAD_ATTR_MODULE gives that comes, borrowed from the module's dict,
 * a change of which is told; NULL: it cannot be folded. */
static PyObject *
module_attribute(struct builder *b)
{
    PyObject *module = ssa_constant(b, ssa_top(b, 0));
    if (module == NULL || !PyModule_CheckExact(module)) {
        return NULL;
    }
    PyObject *dict = PyModule_GetDict(module);
    PyObject *name = PyTuple_GET_ITEM(ssa_code_of(b, b->frame)->co_names, b->u->oparg >> 1);
    if (!can_watch(b, dict, name) || !ssa_depends(b, &PyModule_Type)) {
        return NULL;                // (the type: what has another could have a descriptor)
    }
    return watched_value(dict, name);
}

static bool
guard_module(struct builder *b)
{
    b->folded = ssa_may(b, JIT_OPTIMIZE_GLOBALS) ? module_attribute(b) : NULL;
    if (b->folded == NULL) {
        return false;
    }
    ssa_known(b);
    return true;
}

static bool
load_module_attribute(struct builder *b)
{
    jref value = take_folded(b);
    if (value == 0) {
        return false;
    }
    replace_owner(b, value, b->u->op == U_LOAD_ATTR_MODULE_1);
    return true;
}

/* ---- the micro-ops ------------------------------------------------------ */

static void
push_local(struct builder *b, uint32_t i)
{
    jref v = ssa_local(b, i);
    ssa_fact(b, v)->not_null = ssa_fact(b, v)->bound = true;    // or it would be LOAD_FAST_CHECK
    ssa_push(b, v);
    if (!ssa_may(b, JIT_OPTIMIZE_BORROWING)) {
        ssa_own(b, ssa_cell(b, b->depth - 1));
    }
}

/* Which optimization describes the micro-op, of those that do so as a whole; -1: another, or all of them. */
static int
described_by(int op)
{
    switch (op) {
        case U_LOAD_ATTR_SLOT_0:
        case U_LOAD_ATTR_SLOT_1:
            return JIT_OPTIMIZE_ATTRIBUTES;
        case U_CALL_TYPE_1:
        case U_CALL_ISINSTANCE:
        case U_CALL_LEN:
        case U_CALL_BUILTIN_CLASS:
        case U_CALL_BUILTIN_O:
        case U_CALL_BUILTIN_FAST:
        case U_CALL_BUILTIN_FAST_WITH_KEYWORDS:
        case U_CALL_METHOD_DESCRIPTOR_NOARGS:
        case U_CALL_METHOD_DESCRIPTOR_O:
        case U_CALL_METHOD_DESCRIPTOR_FAST:
            return JIT_OPTIMIZE_BUILTINS;
        case U_CHECK_CALL_BOUND_METHOD_EXACT_ARGS:
        case U_CHECK_STACK_SPACE:
        case U_GUARD_FUNCTION_VERSION:
        case U_LOAD_ATTR_PROPERTY_FRAME:
        case U_POP_FRAME:
            return JIT_OPTIMIZE_FRAMES;
        case U_TO_BOOL_INT:
        case U_TO_BOOL_LIST:
        case U_TO_BOOL_STR:
        case U_UNARY_NOT:
        case U_IS_OP:
        case U_COMPARE_OP_INT:
            return JIT_OPTIMIZE_CONDITIONS;
        default:
            return -1;
    }
}

/* Describes the micro-op; false: as what it is, ssa_generic(). */
bool
ssa_describe(struct builder *b)
{
    struct jit_uop *u = b->u;
    int by = described_by(u->op);
    if ((!b->jit->config.optimize && u->op != U_SET_IP) || (by >= 0 && !ssa_may(b, by))) {
        return false;
    }
    switch (u->op) {
        case U_NOP:
            return true;
        case U_LOAD_FAST:
            push_local(b, u->oparg);
            return true;
        case U_LOAD_FAST_CHECK: {
            jref v = ssa_local(b, u->oparg);
            if (!ssa_fact(b, v)->not_null) {
                uint16_t site = ssa_start_site(b);
                if (site == JIT_NO_EXIT) {
                    return false;
                }
                ssa_stress_guard(b);
                uint16_t snap = ssa_snapshot(b, site, b->depth);
                jref g = ssa_emit(b, JIR_GUARD_NOT_NULL, v, 0, 0);
                ssa_ins(b, g)->snap = snap;
            }
            push_local(b, u->oparg);
            return true;
        }
        case U_LOAD_FAST_AND_CLEAR: {
            jref v = ssa_local(b, u->oparg);
            ssa_own_borrowed_from(b, v);
            if (ssa_ins(b, v)->kind != JIR_PLAIN) {
                v = ssa_emit(b, JIR_TAKE_LOCAL, v, 0, u->oparg);
            }
            ssa_set_local(b, u->oparg, ssa_null(b));
            ssa_push(b, v);
            return true;
        }
        case U_STORE_FAST:
            ssa_store_fast(b, u->oparg);
            return true;
        case U_UNPACK_SEQUENCE_TWO_TUPLE:
            return ssa_unpack(b, &PyTuple_Type);
        case U_UNPACK_SEQUENCE_TUPLE:
            return ssa_unpack(b, &PyTuple_Type) || ssa_unpack_to_locals(b);
        case U_UNPACK_SEQUENCE_LIST:
            return ssa_unpack(b, &PyList_Type) || ssa_unpack_to_locals(b);
        case U_ITER_NEXT_LIST:
        case U_ITER_NEXT_TUPLE:
            ssa_generic(b);
            ssa_fact(b, ssa_top(b, 0))->held = ssa_may(b, JIT_OPTIMIZE_SHARED) ? ssa_top(b, 0) : 0;
            return true;
        case U_LOAD_CONST:
            ssa_push(b, ssa_new_constant(
                b, PyTuple_GET_ITEM(ssa_code_of(b, b->frame)->co_consts, u->oparg), true));
            return true;
        case U_POP_TOP:
            ssa_drop(b, ssa_pop(b));
            return true;
        case U_PUSH_NULL:
            ssa_push(b, ssa_null(b));
            return true;
        case U_COPY:
        case U_COPY_0:
        case U_COPY_1:
        case U_COPY_2:
        case U_COPY_3: {
            jref v = ssa_top(b, (int)u->oparg - 1);
            if (ssa_ins(b, v)->kind == JIR_OWNED) {
                v = ssa_new_reference(b, v);
            }
            ssa_push(b, v);
            return true;
        }
        case U_SWAP:
        case U_SWAP_0:
        case U_SWAP_1:
        case U_SWAP_2:
        case U_SWAP_3: {
            jref *low = ssa_cell(b, b->depth - (int)u->oparg), *high = ssa_cell(b, b->depth - 1);
            jref v = *low;
            *low = *high;
            *high = v;
            return true;
        }
        case U_SET_IP:
            b->ip_pending = true;
            b->pending_ip = u->operand;
            if (!b->jit->config.optimize) {
                ssa_need_ip(b);
            }
            return true;
        case U_YIELD_VALUE_INDIRECT:
            b->ip_pending = false;  // sets it itself
            return false;
        case U_CHECK_VALID:
            if (b->stale) {
                ssa_check_valid(b);
            }
            return true;
        case U_CHECK_PEP_523:
            // Setting an eval_frame function invalidates all executors.
            ssa_known(b);
            return true;
        case U_GUARD_BOTH_INT:
            guard_both(b, &PyLong_Type);
            return true;
        case U_GUARD_BOTH_FLOAT:
            guard_both(b, &PyFloat_Type);
            return true;
        case U_GUARD_BOTH_UNICODE:
            guard_both(b, &PyUnicode_Type);
            return true;
        case U_GUARD_TYPE_VERSION:
            guard_type_version(b);
            return true;
        case U_ITER_CHECK_RANGE:
            ssa_guard_type(b, ssa_top(b, 0), &PyRangeIter_Type);
            return true;
        case U_ITER_CHECK_LIST:
            ssa_guard_type(b, ssa_top(b, 0), &PyListIter_Type);
            return true;
        case U_ITER_CHECK_TUPLE:
            ssa_guard_type(b, ssa_top(b, 0), &PyTupleIter_Type);
            return true;
        case U_CHECK_MANAGED_OBJECT_HAS_VALUES:
        case U_GUARD_DORV_VALUES_INST_ATTR_FROM_DICT:
            return check_values(b, false);
        case U_GUARD_DORV_NO_DICT:
            return check_values(b, true);
        case U_GUARD_KEYS_VERSION: {
            jref seen, owner = ssa_top(b, 0);
            if (!ssa_loaded_before(b, owner, KEYS_VERSION + u->operand, &seen)) {
                ssa_generic(b);
                ssa_remember_load(b, owner, KEYS_VERSION + u->operand, owner);
            }
            return true;
        }
        case U_LOAD_ATTR_INSTANCE_VALUE_0:
        case U_LOAD_ATTR_INSTANCE_VALUE_1:
            return load_instance_value(b);
        case U_LOAD_ATTR_SLOT_0:
        case U_LOAD_ATTR_SLOT_1:
            load_field(b, (int64_t)u->operand, u->op == U_LOAD_ATTR_SLOT_1);
            return true;
        case U_STORE_ATTR_SLOT:
        case U_STORE_ATTR_INSTANCE_VALUE:
            return ssa_store_field(b);
        case U_LOAD_ATTR_METHOD_NO_DICT:
        case U_LOAD_ATTR_METHOD_WITH_VALUES:
        case U_LOAD_ATTR_METHOD_LAZY_DICT:
            load_method(b);
            return true;
        case U_LOAD_ATTR_NONDESCRIPTOR_NO_DICT:
        case U_LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES:
            replace_owner(b, cached_constant(b, ssa_fact(b, ssa_top(b, 0))->version != 0), false);
            return true;
        case U_CHECK_ATTR_MODULE:
            return guard_module(b);
        case U_LOAD_ATTR_MODULE_0:
        case U_LOAD_ATTR_MODULE_1:
            return load_module_attribute(b);
        case U_GUARD_GLOBALS_VERSION:
            return guard_globals(b);
        case U_GUARD_BUILTINS_VERSION:
            return guard_builtins(b);
        case U_LOAD_GLOBAL_MODULE_0:
        case U_LOAD_GLOBAL_MODULE_1:
        case U_LOAD_GLOBAL_BUILTINS_0:
        case U_LOAD_GLOBAL_BUILTINS_1:
            return load_global(b);
        case U_CHECK_CALL_BOUND_METHOD_EXACT_ARGS:
            return ssa_check_bound_method(b);
        case U_INIT_CALL_BOUND_METHOD_EXACT_ARGS:
            return b->call != NULL;
        case U_CHECK_FUNCTION_EXACT_ARGS:
        case U_CHECK_FUNCTION_VERSION:
            return ssa_check_function(b);
        case U_CHECK_STACK_SPACE:
            return ssa_check_stack_space(b);
        case U_CALL_TYPE_1:
            return ssa_call_type(b);
        case U_CALL_ISINSTANCE:
            return ssa_call_isinstance(b);
        case U_CALL_LEN:
            return ssa_call_len(b);
        case U_CALL_BUILTIN_CLASS:
            return ssa_call_number_type(b);
        case U_CALL_BUILTIN_O:
            return ssa_call_number_function(b) || ssa_call_builtin(b, METH_O, U_BUILTIN_O);
        case U_CALL_BUILTIN_FAST:
            return ssa_call_logarithm(b) || ssa_call_builtin(b, METH_FASTCALL, U_BUILTIN_FAST);
        case U_CALL_BUILTIN_FAST_WITH_KEYWORDS:
            return ssa_call_extreme(b);
        case U_CALL_METHOD_DESCRIPTOR_NOARGS:
            return ssa_call_method(b, METH_NOARGS, U_METHOD_NOARGS);
        case U_CALL_METHOD_DESCRIPTOR_O:
            return ssa_call_method(b, METH_O, U_METHOD_O);
        case U_CALL_METHOD_DESCRIPTOR_FAST:
            return ssa_call_method(b, METH_FASTCALL, U_METHOD_FAST);
        case U_GUARD_FUNCTION_VERSION:
            return ssa_guard_function_version(b);
        case U_LOAD_ATTR_PROPERTY_FRAME:
            return ssa_property_frame(b);
        case U_INIT_CALL_PY_EXACT_ARGS:
        case U_INIT_CALL_PY_EXACT_ARGS_0:
        case U_INIT_CALL_PY_EXACT_ARGS_1:
        case U_INIT_CALL_PY_EXACT_ARGS_2:
        case U_INIT_CALL_PY_EXACT_ARGS_3:
        case U_INIT_CALL_PY_EXACT_ARGS_4:
            return ssa_init_call(b);
        case U_SAVE_RETURN_OFFSET:
            return ssa_save_return_offset(b);
        case U_PUSH_FRAME:
            return ssa_push_frame(b);
        case U_POP_FRAME:
            return ssa_pop_frame(b);
        case U_COPY_FREE_VARS:
            return ssa_copy_free_vars(b);
        case U_TO_BOOL_BOOL:
            ssa_guard_type(b, ssa_top(b, 0), &PyBool_Type);
            return true;
        case U_TO_BOOL_INT:
            ssa_guard_type(b, ssa_top(b, 0), &PyLong_Type);
            ssa_replace_by_truth(b, ssa_truth_of_int(b, ssa_top(b, 0)));
            return true;
        case U_TO_BOOL_LIST:
            ssa_guard_type(b, ssa_top(b, 0), &PyList_Type);
            ssa_replace_by_truth(b, ssa_emit(b, JIR_SIZE_TRUTH, ssa_top(b, 0), 0, 0));
            return true;
        case U_TO_BOOL_STR: {
            ssa_guard_type(b, ssa_top(b, 0), &PyUnicode_Type);
            jref empty = ssa_new_constant(b, (PyObject *)&_Py_STR(empty), true);
            ssa_replace_by_truth(b, ssa_fold(b, JIR_NOT, ssa_fold(b, JIR_SAME, ssa_top(b, 0), empty), 0));
            return true;
        }
        case U_REPLACE_WITH_TRUE: {
            jref v = ssa_pop(b);
            ssa_push(b, ssa_new_constant(b, Py_True, true));
            ssa_drop(b, v);
            return true;
        }
        case U_UNARY_NOT:
            ssa_unary_not(b);
            return true;
        case U_IS_OP:
            ssa_is_op(b);
            return true;
        case U_COMPARE_OP_INT:
            ssa_compare_int(b);
            return true;
        case U_COMPARE_OP:
            return ssa_int_compare_op(b) || ssa_compare_characters(b);
        case U_COMPARE_OP_STR:
            return ssa_compare_characters(b);
        case U_COMPARE_OP_FLOAT:
            return ssa_compare_float(b);
        case U_BINARY_OP_ADD_FLOAT:
            return ssa_float_operation(b, JIR_FLOAT_ADD);
        case U_BINARY_OP_SUBTRACT_FLOAT:
            return ssa_float_operation(b, JIR_FLOAT_SUBTRACT);
        case U_BINARY_OP_MULTIPLY_FLOAT:
            return ssa_float_operation(b, JIR_FLOAT_MULTIPLY);
        case U_BINARY_OP_ADD_INT:
            return ssa_int_operation(b, JIR_INT_ADD);
        case U_BINARY_OP_SUBTRACT_INT:
            return ssa_int_operation(b, JIR_INT_SUBTRACT);
        case U_BINARY_OP_MULTIPLY_INT:
            return ssa_int_operation(b, JIR_INT_MULTIPLY);
        case U_BINARY_OP:
            return ssa_int_binary_op(b) || ssa_binary_op(b);
        case U_UNARY_NEGATIVE:
            return ssa_int_unary(b, JIR_INT_SUBTRACT, 0) || ssa_unary_negative(b);
        case U_UNARY_INVERT:
            return ssa_int_unary(b, JIR_INT_XOR, -1);
        case U_BINARY_SLICE:
            return ssa_binary_slice(b);
        case U_BINARY_SUBSCR:
            return ssa_binary_subscr(b);
        case U_STORE_SUBSCR:
            return ssa_store_subscr(b);
        case U_BINARY_SUBSCR_LIST_INT:
            return ssa_load_item(b, &PyList_Type, JIR_LIST_ITEM);
        case U_BINARY_SUBSCR_TUPLE_INT:
            return ssa_load_item(b, &PyTuple_Type, JIR_TUPLE_ITEM);
        case U_BINARY_SUBSCR_STR_INT:
            return ssa_load_character(b);
        case U_STORE_SUBSCR_LIST_INT:
            return ssa_store_item(b);
        case U_GUARD_NOT_EXHAUSTED_RANGE:
            return ssa_guard_range_left(b);
        case U_ITER_NEXT_RANGE:
            return ssa_next_of_range(b);
        case U_FOR_ITER_PAIR:
            return ssa_next_of_enumerate(b);
        case U_GUARD_ENDED: {
            jref v = ssa_top(b, 0);
            uint16_t snap = ssa_exit_snapshot(b);
            jref g = ssa_emit(b, JIR_GUARD_NULL, v, 0, 0);
            ssa_ins(b, g)->snap = snap;
            ssa_emit(b, JIR_FORGET, ssa_pop(b), 0, 0);
            ssa_drop(b, ssa_pop(b));
            return true;
        }
        case U_GUARD_IS_TRUE_POP:
            ssa_guard_truth(b, true);
            return true;
        case U_GUARD_IS_FALSE_POP:
            ssa_guard_truth(b, false);
            return true;
        case U_GUARD_IS_NONE_POP:
            ssa_guard_none(b, true);
            return true;
        case U_GUARD_IS_NOT_NONE_POP:
            ssa_guard_none(b, false);
            return true;
        default:
            return false;
    }
}

#endif  // _Py_TIER2
