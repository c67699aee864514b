/* deps.c - what executors assume, and who breaks it.
 *
 * Takes:  keys. A key is the address of an object that an executor assumes
 *         something about (a code object: it is alive and not instrumented; a
 *         function; a type), or jit_dict_key() for one key of one dict.
 * Gives:  jit_invalidate_key(), which invalidates exactly the executors that
 *         named the key (upstream's bloom filter also hits bystanders, and
 *         walks every living executor each time).
 *
 * The map goes from key to the executors, and each executor lists its keys,
 * so both directions are removed in time proportional to what is there.
 */
#include "jit.h"

#ifdef _Py_TIER2

#include "pycore_dict.h"

/* Dict watchers 0 (builtins) and 1 (module globals) are the interpreter's own. */
#define JIT_GLOBALS_WATCHER 1

struct jit_dependents {
    int count, capacity;
    _PyExecutorObject *executors[1];
};

void
jit_depends_fini(struct jit *jit)
{
    if (jit->dependents != NULL) {
        _Py_hashtable_destroy(jit->dependents);
        jit->dependents = NULL;
    }
    if (jit->changes != NULL) {
        _Py_hashtable_destroy(jit->changes);
        jit->changes = NULL;
    }
}

/* Most functions and dicts that change are nobody's concern: a look at one bit says so. */
static uint64_t *
bit_of(struct jit *jit, void *key, uint64_t *mask)
{
    uint64_t hash = (uint64_t)(uintptr_t)key * 0x9E3779B97F4A7C15 >> 32;    // (Knuth's multiplicative hashing)
    *mask = (uint64_t)1 << (hash & 63);
    return &jit->depended_on[hash / 64 & (JIT_KEY_BITS / 64 - 1)];
}

static struct jit_dependents *
dependents_of(struct jit *jit, void *key)
{
    uint64_t mask, *word = bit_of(jit, key, &mask);
    return *word & mask ? _Py_hashtable_get(jit->dependents, key) : NULL;
}

static int
add_one(struct jit *jit, void *key, _PyExecutorObject *executor)
{
    uint64_t mask, *word = bit_of(jit, key, &mask);
    *word |= mask;
    _Py_hashtable_entry_t *entry = _Py_hashtable_get_entry(jit->dependents, key);
    struct jit_dependents *old = entry == NULL ? NULL : entry->value;
    if (old != NULL && old->count < old->capacity) {
        old->executors[old->count++] = executor;
        return 0;
    }
    int capacity = old == NULL ? 2 : old->capacity * 2;
    struct jit_dependents *now = jit_malloc(
        sizeof(*now) + (size_t)capacity * sizeof(_PyExecutorObject *));
    if (now == NULL) {
        return -1;
    }
    now->count = 0;
    now->capacity = capacity;
    if (old != NULL) {
        memcpy(now->executors, old->executors,
               (size_t)old->count * sizeof(_PyExecutorObject *));
        now->count = old->count;
        entry->value = now;
        jit_free(old);
    }
    else if (_Py_hashtable_set(jit->dependents, key, now) < 0) {
        jit_free(now);
        return -1;
    }
    now->executors[now->count++] = executor;
    return 0;
}

/* Enters the executor under each of its keys; 0, or -1 if out of memory. */
int
jit_depends_add(struct jit *jit, _PyExecutorObject *executor)
{
    for (uint32_t i = 0; i < executor->dependency_count; i++) {
        if (add_one(jit, executor->dependencies[i], executor) < 0) {
            executor->dependency_count = i;
            return -1;
        }
    }
    return 0;
}

void
jit_depends_remove(struct jit *jit, _PyExecutorObject *executor)
{
    for (uint32_t i = 0; i < executor->dependency_count; i++) {
        void *key = executor->dependencies[i];
        struct jit_dependents *all = _Py_hashtable_get(jit->dependents, key);
        if (all == NULL) {
            continue;
        }
        for (int j = 0; j < all->count; j++) {
            if (all->executors[j] == executor) {
                all->executors[j] = all->executors[--all->count];
                break;
            }
        }
        if (all->count == 0) {
            _Py_hashtable_steal(jit->dependents, key);
            jit_free(all);
        }
    }
    executor->dependency_count = 0;
}

/* What is being recorded must not be published if it named the key. */
static void
abort_recording(struct jit *jit, void *key)
{
    struct jit_recorder *rec = &jit->recorder;
    for (int i = 0; i < rec->named_count; i++) {
        if (key == NULL || rec->named[i] == key) {
            rec->abort = JIT_ABORT_CHANGED;
            return;
        }
    }
}

void
jit_invalidate_key(struct jit *jit, void *key)
{
    abort_recording(jit, key);
    struct jit_dependents *all;
    while ((all = dependents_of(jit, key)) != NULL) {
        // Removes itself from the list, and the list when it is empty.
        jit_executor_invalidate(jit, all->executors[all->count - 1]);
    }
}

/* The key for one key of one dict, an exact str. It goes by the str's hash,
 * because who changes the dict may name the key by another str that is equal.
 * Two pairs may share a key; then a change to one also invalidates the other's
 * executors, which costs time only. */
void *
jit_dict_key(PyObject *dict, PyObject *key)
{
    uintptr_t k = (uintptr_t)PyObject_Hash(key);
    return (void *)(((uintptr_t)dict ^ ((k << 20) | (k >> 44))) | 1);
}

static int
globals_changed(PyDict_WatchEvent event, PyObject *dict, PyObject *key,
                PyObject *new_value)
{
    _PyJIT_DictChanged(_PyInterpreterState_GET(), dict, key);
    return 0;
}

/* Watches a module's dict, or the builtins; 0, or -1 without an exception. */
int
jit_watch_dict(struct jit *jit, PyObject *dict)
{
    if (dict == jit->interp->builtins) {
        return 0;                   // watched from the start
    }
    PyDict_WatchCallback *slot =
        &jit->interp->dict_state.watchers[JIT_GLOBALS_WATCHER];
    if (*slot == NULL) {
        *slot = globals_changed;
    }
    if (*slot != globals_changed) {
        return -1;
    }
    if (PyDict_Watch(JIT_GLOBALS_WATCHER, dict) < 0) {
        PyErr_Clear();
        return -1;
    }
    return 0;
}

static int
function_changed(PyFunction_WatchEvent event, PyFunctionObject *func,
                 PyObject *new_value)
{
    struct jit *jit = jit_get(_PyInterpreterState_GET());
    if (jit != NULL && event != PyFunction_EVENT_CREATE) {
        jit_invalidate_key(jit, func);
    }
    return 0;
}

/* Takes the last of the eight ids of function watchers, if it is free: programs
 * get theirs from the front. (Types tell the JIT of changes themselves:
 * typeobject.c as patched.) */
static void
add_watcher(struct jit *jit)
{
    PyInterpreterState *interp = jit->interp;
    jit->function_watcher = -1;
    if (interp->func_watchers[FUNC_MAX_WATCHERS - 1] == NULL) {
        jit->function_watcher = FUNC_MAX_WATCHERS - 1;
        interp->func_watchers[jit->function_watcher] = function_changed;
        interp->active_func_watchers |= 1 << jit->function_watcher;
    }
}

/* A table by address, or NULL if out of memory. */
_Py_hashtable_t *
jit_table_new(void (*free_value)(void *))
{
    _Py_hashtable_allocator_t allocator = {jit_malloc, jit_free};
    return _Py_hashtable_new_full(_Py_hashtable_hash_ptr, _Py_hashtable_compare_direct,
                                  NULL, free_value, &allocator);
}

int
jit_depends_init(struct jit *jit)
{
    jit->dependents = jit_table_new(jit_free);
    jit->changes = jit_table_new(NULL);
    if (jit->dependents == NULL || jit->changes == NULL) {
        jit_depends_fini(jit);
        return -1;
    }
    add_watcher(jit);
    return 0;
}

#define OFTEN 3
#define MAX_CHANGES 4096            // keys counted at a time

/* Did changes to this key invalidate executors again and again? */
bool
jit_changes_often(struct jit *jit, PyObject *dict, PyObject *key)
{
    return (uintptr_t)_Py_hashtable_get(jit->changes, jit_dict_key(dict, key)) >= OFTEN;
}

static void
count_change(struct jit *jit, void *key)
{
    _Py_hashtable_entry_t *entry = _Py_hashtable_get_entry(jit->changes, key);
    if (entry != NULL) {
        entry->value = (void *)((uintptr_t)entry->value + 1);
    }
    else {
        if (_Py_hashtable_len(jit->changes) >= MAX_CHANGES) {
            _Py_hashtable_clear(jit->changes);
        }
        (void)_Py_hashtable_set(jit->changes, key, (void *)1);
    }
}

/* The dict is emptied or dies: another one may get its address. */
static void
forget_changes(struct jit *jit, PyObject *dict)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    while (_Py_hashtable_len(jit->changes) > 0 && PyDict_Next(dict, &pos, &key, &value)) {
        (void)_Py_hashtable_steal(jit->changes, jit_dict_key(dict, key));
    }
}

/* A watched dict is about to change: at one key, or altogether (key NULL). */
void
_PyJIT_DictChanged(PyInterpreterState *interp, PyObject *dict, PyObject *key)
{
    struct jit *jit = jit_get(interp);
    if (jit == NULL) {
        return;
    }
    // Executors that folded any key of a dict also depend on the dict as a
    // whole: clear(), update from another dict, and deallocation name no key,
    // and what is no exact str may be equal to any.
    void *what = key != NULL && PyUnicode_CheckExact(key) ? jit_dict_key(dict, key) : dict;
    if (dependents_of(jit, what) != NULL) {
        if (key != NULL) {
            count_change(jit, what);
        }
        jit_invalidate_key(jit, what);
    }
    if (key == NULL) {
        forget_changes(jit, dict);
    }
}

void
_Py_Executors_InvalidateDependency(PyInterpreterState *interp, void *obj,
                                   int is_invalidation)
{
    struct jit *jit = jit_get(interp);
    if (jit != NULL) {
        jit_invalidate_key(jit, obj);
    }
}

void
_Py_Executors_InvalidateAll(PyInterpreterState *interp, int is_invalidation)
{
    struct jit *jit = jit_get(interp);
    if (jit == NULL) {
        return;
    }
    abort_recording(jit, NULL);
    while (jit->executors != NULL) {
        jit_executor_invalidate(jit, jit->executors);
    }
    jit_free_retired(jit);
}

#endif  // _Py_TIER2
