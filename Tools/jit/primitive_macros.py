"""Macros of primitives: what they may call, and what becomes an instruction only if it is written as one.

The numbers and types that these lines use are those of uop_layout.py.
"""

PRIMITIVE_MACROS = """\
// Of primitives, and of what looks at the floating-point registers f0 to f7. What is declared as
// preserve_all keeps these too, or else, on AArch64, its caller saves them.
#define JIT_ARGUMENTS_FLOATS JIT_ARGUMENTS, \\
    double f0, double f1, double f2, double f3, double f4, double f5, double f6, double f7
extern JIT_CODE _JIT_CONTINUE_FLOATS(JIT_ARGUMENTS_FLOATS) JIT_SYMBOL("_JIT_CONTINUE");
extern JIT_CODE _JIT_EXIT_FLOATS(JIT_ARGUMENTS_FLOATS) JIT_SYMBOL("_JIT_EXIT");
extern JIT_CODE _JIT_ERROR_FLOATS(JIT_ARGUMENTS_FLOATS) JIT_SYMBOL("_JIT_ERROR");

// What a primitive may call keeps all registers. (C functions are called by the platform's convention.)
#define JIT_KEEPS_ALL __attribute__((preserve_all))
#if JIT_MS_ABI
#define JIT_C __attribute__((ms_abi))
#else
#define JIT_C
#endif

// Give up the last reference to an object; all registers are kept.
extern JIT_KEEPS_ALL void _JIT_DEALLOC(PyObject *op);
extern JIT_KEEPS_ALL void _JIT_DEALLOC_INT(PyObject *op);
extern JIT_KEEPS_ALL void _JIT_DEALLOC_FLOAT(PyObject *op);

// Take or give up a reference, where that is counted and checked; likewise.
extern JIT_KEEPS_ALL void _JIT_INCREF(PyObject *op);
extern JIT_KEEPS_ALL void _JIT_DECREF(PyObject *op);

// A new float whose value is not set, or NULL with an exception; all registers but the result's are kept.
extern JIT_KEEPS_ALL PyFloatObject *_JIT_NEW_FLOAT(void);

// A new int, or NULL with an exception; likewise.
extern JIT_KEEPS_ALL PyObject *_JIT_NEW_INT(intptr_t value);

struct jit_exit;
typedef __attribute__((preserve_none)) uintptr_t (*jit_float_function)(JIT_ARGUMENTS_FLOATS);
extern JIT_C void *_PyJIT_Leave(
    struct jit_exit *exit, _PyInterpreterFrame *frame, uintptr_t *registers, const double *floats);
extern JIT_C void _Py_Dealloc(PyObject *), _PyLong_ExactDealloc(PyObject *), _PyFloat_ExactDealloc(PyObject *);
extern JIT_C double _PyJIT_FloatPower(double, double);
typedef JIT_C double (*jit_double_function)(double);
extern JIT_C void _Py_IncRef(PyObject *), _Py_DecRef(PyObject *);
extern JIT_C PyObject *PyFloat_FromDouble(double), *PyLong_FromSsize_t(Py_ssize_t);

// Gives up a reference, and keeps all registers.
#if JIT_RELEASE
#define JIT_P_DROP(ARG, DEALLOC) \\
    do { \\
        PyObject *_op = (ARG); \\
        if (!_Py_IsImmortal(_op) && JIT_UNLIKELY(--_op->ob_refcnt == 0)) { \\
            frame->instr_ptr = (_Py_CODEUNIT *)_JIT_IP; \\
            DEALLOC(_op); \\
        } \\
    } while (0)
#else
#define JIT_P_DROP(ARG, DEALLOC) \\
    do { \\
        frame->instr_ptr = (_Py_CODEUNIT *)_JIT_IP; \\
        _JIT_DECREF(ARG); \\
    } while (0)
#endif
#define JIT_P_ADD_IMM(VALUE) ((VALUE) += (uintptr_t)JIT_SIGNED(_JIT_OPERAND32))
#if defined(__x86_64__)
// (Clang would take the address of a symbol for one without a sign.)
#define JIT_P_MULTIPLY_IMM(VALUE) __asm__("imulq %1, %0, %0" : "+r"(VALUE) : "i"(&_JIT_OPERAND32) : "cc")
#define JIT_P_AND_IMM(VALUE) __asm__("andq %1, %0" : "+r"(VALUE) : "i"(&_JIT_OPERAND32) : "cc")
#define JIT_P_IS_IMM(VALUE) \\
    ({ int _same; __asm__("cmpq %2, %1" : "=@cce"(_same) : "r"(VALUE), "i"(&_JIT_OPERAND32)); _same; })
#else
#define JIT_P_IS_IMM(VALUE) ((intptr_t)(VALUE) == JIT_SIGNED(_JIT_OPERAND32))
#define JIT_P_MULTIPLY_IMM(VALUE) ((VALUE) *= (uintptr_t)JIT_SIGNED(_JIT_OPERAND32))
#define JIT_P_AND_IMM(VALUE) ((VALUE) &= (uintptr_t)JIT_SIGNED(_JIT_OPERAND32))
#endif
#ifdef __x86_64__
// (The instruction leaves the register's upper half as it is, and so would wait for what was there before. Clang
// sees to that only in registers that hold nothing.)
#define JIT_P_TO_FLOAT(RESULT, VALUE) __asm__("xorps %0, %0\\n\\tcvtsi2sdq %1, %0" : "=x"(RESULT) : "r"(VALUE))
// (Clang would take the sign from memory.)
#define JIT_P_NEGATE(VALUE) \\
    do { \\
        double _sign; \\
        __asm__("pcmpeqd %1, %1\\n\\tpsllq $63, %1\\n\\txorps %1, %0" : "+x"(VALUE), "=&x"(_sign)); \\
    } while (0)
#define JIT_P_ABSOLUTE(VALUE) \\
    do { \\
        double _rest; \\
        __asm__("pcmpeqd %1, %1\\n\\tpsrlq $1, %1\\n\\tandps %1, %0" : "+x"(VALUE), "=&x"(_rest)); \\
    } while (0)
#else
#define JIT_P_ABSOLUTE(VALUE) ((VALUE) = __builtin_fabs(VALUE))
#define JIT_P_TO_FLOAT(RESULT, VALUE) ((RESULT) = (double)(intptr_t)(VALUE))
#define JIT_P_NEGATE(VALUE) ((VALUE) = -(VALUE))
#endif
// An int of two digits, positive, which nothing else refers to.
#define JIT_IS_WIDE(OP) ((OP)->ob_refcnt == 1 && ((PyLongObject *)(OP))->long_value.lv_tag == 2 << NON_SIZE_BITS)
#define JIT_IS_SMALL_INT(VALUE) \\
    ((uintptr_t)(VALUE) + _PY_NSMALLNEGINTS < _PY_NSMALLNEGINTS + _PY_NSMALLPOSINTS)
// Small ints are there, others are made by a call.
#define JIT_P_MAKE_INT(RESULT, VALUE, FAIL) \\
    do { \\
        intptr_t _value = (intptr_t)(VALUE); \\
        if (JIT_IS_SMALL_INT(_value)) { \\
            RESULT = (uintptr_t)(_PyLong_SMALL_INTS + (_PY_NSMALLNEGINTS + _value)); \\
        } \\
        else { \\
            PyObject *_op = _JIT_NEW_INT(_value); \\
            if (_op == NULL) { FAIL; } \\
            RESULT = (uintptr_t)_op; \\
        } \\
    } while (0)
// Ints of one or two digits and floats come from the interpreter's free lists
// (_JIT_OPERAND), without a call if they have one, and go there.
#if JIT_RELEASE && JIT_FREELISTS
// (It is not the last one.)
#define JIT_P_DECREF_SHARED(ARG) \\
    do { \\
        if (!_Py_IsImmortal(ARG)) { \\
            (ARG)->ob_refcnt--; \\
        } \\
    } while (0)
#define JIT_P_DROP_INT(ARG) \\
    do { \\
        PyObject *_op = (ARG); \\
        if (!_Py_IsImmortal(_op) && --_op->ob_refcnt == 0) { \\
            struct _Py_int_freelist *_list = (struct _Py_int_freelist *)_JIT_OPERAND; \\
            if (JIT_UNLIKELY((unsigned)_list->numfree >= PyLong_MAXFREELIST || \\
                             ((PyLongObject *)_op)->long_value.lv_tag >= 3 << NON_SIZE_BITS)) { \\
                _JIT_DEALLOC_INT(_op); \\
            } \\
            else { \\
                _list->numfree++; \\
                _op->ob_type = (PyTypeObject *)_list->items; \\
                _list->items = (PyLongObject *)_op; \\
            } \\
        } \\
    } while (0)
#define JIT_P_BOX_INT(RESULT, VALUE, FAIL) \\
    do { \\
        intptr_t _number = (intptr_t)(VALUE); \\
        uintptr_t _size = _number < 0 ? -(uintptr_t)_number : (uintptr_t)_number; \\
        struct _Py_int_freelist *_list = (struct _Py_int_freelist *)_JIT_OPERAND; \\
        PyLongObject *_free = _list->items; \\
        if (JIT_IS_SMALL_INT(_number)) { \\
            RESULT = (uintptr_t)(_PyLong_SMALL_INTS + (_PY_NSMALLNEGINTS + _number)); \\
        } \\
        else if (JIT_UNLIKELY(_free == NULL || _size >> 2 * PyLong_SHIFT != 0)) { \\
            PyObject *_made = _JIT_NEW_INT(_number); \\
            if (_made == NULL) { FAIL; } \\
            RESULT = (uintptr_t)_made; \\
        } \\
        else { \\
            _list->items = (PyLongObject *)_free->ob_base.ob_type; \\
            _list->numfree--; \\
            _free->ob_base.ob_refcnt = 1; \\
            _free->ob_base.ob_type = &PyLong_Type; \\
            _free->long_value.lv_tag = \\
                ((_size > PyLong_MASK) + 1) << NON_SIZE_BITS | (_number < 0 ? SIGN_NEGATIVE : 0); \\
            _free->long_value.ob_digit[0] = (digit)(_size & PyLong_MASK); \\
            _free->long_value.ob_digit[1] = (digit)(_size >> PyLong_SHIFT); \\
            RESULT = (uintptr_t)_free; \\
        } \\
    } while (0)
#define JIT_P_DROP_FLOAT(ARG) \\
    do { \\
        PyObject *_op = (ARG); \\
        if (!_Py_IsImmortal(_op) && --_op->ob_refcnt == 0) { \\
            struct _Py_float_freelist *_list = (struct _Py_float_freelist *)_JIT_OPERAND; \\
            if (JIT_UNLIKELY((unsigned)_list->numfree >= PyFloat_MAXFREELIST)) { \\
                _JIT_DEALLOC_FLOAT(_op); \\
            } \\
            else { \\
                _list->numfree++; \\
                _op->ob_type = (PyTypeObject *)_list->items; \\
                _list->items = (PyFloatObject *)_op; \\
            } \\
        } \\
    } while (0)
#define JIT_P_BOX_FLOAT(RESULT, VALUE, FAIL) \\
    do { \\
        struct _Py_float_freelist *_list = (struct _Py_float_freelist *)_JIT_OPERAND; \\
        PyFloatObject *_op = _list->items; \\
        if (JIT_UNLIKELY(_op == NULL)) { \\
            _op = _JIT_NEW_FLOAT(); \\
            if (_op == NULL) { FAIL; } \\
        } \\
        else { \\
            _list->items = (PyFloatObject *)_op->ob_base.ob_type; \\
            _list->numfree--; \\
            _op->ob_base.ob_refcnt = 1; \\
            _op->ob_base.ob_type = &PyFloat_Type; \\
        } \\
        _op->ob_fval = (VALUE); \\
        RESULT = (uintptr_t)_op; \\
    } while (0)
#else
#define JIT_P_DECREF_SHARED(ARG) _JIT_DECREF(ARG)
#define JIT_P_DROP_INT(ARG) JIT_P_DROP(ARG, _JIT_DEALLOC_INT)
#define JIT_P_BOX_INT(RESULT, VALUE, FAIL) JIT_P_MAKE_INT(RESULT, VALUE, FAIL)
#define JIT_P_DROP_FLOAT(ARG) JIT_P_DROP(ARG, _JIT_DEALLOC_FLOAT)
#define JIT_P_BOX_FLOAT(RESULT, VALUE, FAIL) \\
    do { \\
        PyFloatObject *_op = _JIT_NEW_FLOAT(); \\
        if (_op == NULL) { FAIL; } \\
        _op->ob_fval = (VALUE); \\
        RESULT = (uintptr_t)_op; \\
    } while (0)
#endif
"""
