// Micro-ops that only the JIT has, and those it defines otherwise than
// Python/bytecodes.c does. Tools/jit/uops.py reads both files; a definition
// here replaces the one there of the same name. The language is that of
// bytecodes.c; only op() may stand here.
//
// Rules for a body:
// - An exit (EXIT_IF, DEOPT_IF) must find the inputs as they were on entry, or
//   come after SYNC_SP(), which says that they are gone.
// - ERROR_IF() has popped the inputs, ERROR_NO_POP() has not.
// - GETLOCAL and SETLOCAL take oparg and nothing else: the stencils have it as
//   a displacement.
// - JIT_JUMP() goes to the loop's head; JIT_JUMP_INDIRECT(jit, value, offset) to
//   whatever continues in the current frame, `offset` code units after its
//   instr_ptr, with `value` pushed on its stack in memory (indirect.c).
//   JIT_OTHER_STACK() comes where that frame became the current one.
// - JIT_ENTER_FRAME(frame) and JIT_RETURN_TO(frame) go on in a frame that has been made
//   the current one, by a call or a return.

// BEGIN BYTECODES //

        op(_EXIT_TRACE, (--)) {
            EXIT_IF(1);
        }

        op(_JUMP_TO_TOP, (--)) {
            JIT_JUMP();
        }

        // The executor's assumptions still hold. Belongs after whatever may run
        // Python code.
        op(_CHECK_VALID, (--)) {
            DEOPT_IF(!JIT_TRACE_IS_VALID());
        }

        // Fails now and then (stress.c).
        op(_STRESS_GUARD, (guards/4 --)) {
            struct _PyJIT_stress_guards *g = (struct _PyJIT_stress_guards *)guards;
            bool fails = --g->left == 0;
            if (fails) {
                g->left = g->every;
                g->failed++;
            }
            EXIT_IF(fails);
        }

        op(_STRESS_INVALIDATE, (--)) {
            _PyJIT_StressInvalidate(tstate);
        }

        // Tier 1 does the pending work; the exit's target is the instruction
        // after the one that this belongs to.
        op(_CHECK_PERIODIC, (--)) {
            uintptr_t eval_breaker = _Py_atomic_load_uintptr_relaxed(&tstate->eval_breaker);
            DEOPT_IF(eval_breaker & _PY_EVAL_EVENTS_MASK);
        }

        // The returned value stays in a register. The caller's stack pointer is
        // known to the trace: LOAD_SP() only notes that the frame runs again.
        op(_POP_FRAME, (retval -- res)) {
            SYNC_SP();
            _PyFrame_SetStackPointer(frame, stack_pointer);
            assert(EMPTY());
            _Py_LeaveRecursiveCallPy(tstate);
            _PyInterpreterFrame *dying = frame;
            frame = tstate->current_frame = dying->previous;
            _PyEval_FrameClearAndPop(tstate, dying);
            LOAD_SP();
            res = retval;
        }

        // The same for the return at `instr`, which others can see while the frame's
        // locals are released, in a call (frames.c).
        op(_RETURN, (instr/4, retval -- res)) {
            SYNC_SP();
            JIT_RETURN_TO(_PyJIT_Return(tstate, frame, (_Py_CODEUNIT *)instr));
            res = retval;
        }

        op(_RETURN_GENERATOR, (-- res)) {
            _PyInterpreterFrame *caller = frame->previous;
            res = _PyJIT_ReturnGenerator(tstate, frame);
            if (res == NULL) {
                ERROR_NO_POP();
            }
            JIT_RETURN_TO(caller);
        }

        // What enters and leaves frames where the trace ends: the frame that goes on
        // may be any, so its stack is left in memory, and a jump that hands it the
        // value follows.
        op(_POP_FRAME_INDIRECT, (retval -- value)) {
            SYNC_SP();
            _PyFrame_SetStackPointer(frame, stack_pointer);
            assert(EMPTY());
            _Py_LeaveRecursiveCallPy(tstate);
            _PyInterpreterFrame *dying = frame;
            frame = tstate->current_frame = dying->previous;
            _PyEval_FrameClearAndPop(tstate, dying);
            JIT_OTHER_STACK();
            value = retval;
        }

        op(_YIELD_VALUE_INDIRECT, (instr/4, retval -- value)) {
            // Where it will be resumed; tier 1 says so by instr_ptr++.
            frame->instr_ptr = (_Py_CODEUNIT *)instr;
            PyGenObject *gen = _PyFrame_GetGenerator(frame);
            gen->gi_frame_state = FRAME_SUSPENDED + oparg;
            SYNC_SP();
            _PyFrame_SetStackPointer(frame, stack_pointer);
            tstate->exc_info = gen->gi_exc_state.previous_item;
            gen->gi_exc_state.previous_item = NULL;
            _Py_LeaveRecursiveCallPy(tstate);
            _PyInterpreterFrame *gen_frame = frame;
            frame = tstate->current_frame = frame->previous;
            gen_frame->previous = NULL;
            JIT_OTHER_STACK();
            value = retval;
        }

        // What is resumed is in memory anyway.
        op(_SEND_GEN_FRAME_INDIRECT, (type/4, receiver, v -- receiver, v, gen_frame: _PyInterpreterFrame*)) {
            PyGenObject *gen = (PyGenObject *)receiver;
            DEOPT_IF((PyObject *)Py_TYPE(gen) != type);
            DEOPT_IF(gen->gi_frame_state >= FRAME_EXECUTING);
            DEOPT_IF(tstate->py_recursion_remaining <= 1);
            gen_frame = (_PyInterpreterFrame *)gen->gi_iframe;
            gen->gi_frame_state = FRAME_EXECUTING;
            gen->gi_exc_state.previous_item = tstate->exc_info;
            tstate->exc_info = &gen->gi_exc_state;
            frame->return_offset = (uint16_t)(1 + INLINE_CACHE_ENTRIES_SEND + oparg);
        }

        op(_FOR_ITER_GEN_FRAME_INDIRECT, (iter -- iter, gen_frame: _PyInterpreterFrame*)) {
            PyGenObject *gen = (PyGenObject *)iter;
            DEOPT_IF(Py_TYPE(gen) != &PyGen_Type);
            DEOPT_IF(gen->gi_frame_state >= FRAME_EXECUTING);
            gen_frame = (_PyInterpreterFrame *)gen->gi_iframe;
            gen->gi_frame_state = FRAME_EXECUTING;
            gen->gi_exc_state.previous_item = tstate->exc_info;
            tstate->exc_info = &gen->gi_exc_state;
            frame->return_offset = (uint16_t)(1 + INLINE_CACHE_ENTRIES_FOR_ITER + oparg);
        }

        op(_PUSH_FRAME_INDIRECT, (v, new_frame: _PyInterpreterFrame* -- value)) {
            SYNC_SP();
            _PyFrame_SetStackPointer(frame, stack_pointer);
            new_frame->previous = frame;
            frame = tstate->current_frame = new_frame;
            tstate->py_recursion_remaining--;
            JIT_OTHER_STACK();
            value = v;
        }

        // The same for what a `for` resumes: it has no room on its stack for None.
        op(_PUSH_FRAME_SEND_NONE, (new_frame: _PyInterpreterFrame* -- value)) {
            SYNC_SP();
            _PyFrame_SetStackPointer(frame, stack_pointer);
            new_frame->previous = frame;
            frame = tstate->current_frame = new_frame;
            tstate->py_recursion_remaining--;
            JIT_OTHER_STACK();
            value = Py_None;
        }

        // Goes on in what is now the current frame: after the caller's call, after
        // the SEND or FOR_ITER that resumed the generator, where the resumed
        // generator was suspended.
        op(_JUMP_RETURN, (jit/4, value --)) {
            JIT_JUMP_INDIRECT(jit, value, frame->return_offset);
        }

        op(_JUMP_YIELD, (jit/4, value --)) {
            JIT_JUMP_INDIRECT(jit, value, 1 + INLINE_CACHE_ENTRIES_SEND);
        }

        op(_JUMP_ENTER, (jit/4, value --)) {
            JIT_JUMP_INDIRECT(jit, value, 0);
        }

        // In tier 1 this is done together with the STORE_FAST that follows; oparg
        // is the latter's.
        op(_BINARY_OP_INPLACE_ADD_UNICODE, (left, right --)) {
            PyObject **target_local = &GETLOCAL(oparg);
            DEOPT_IF(*target_local != left);
            assert(Py_REFCNT(left) >= 2);
            _Py_DECREF_NO_DEALLOC(left);
            PyUnicode_Append(target_local, right);
            _Py_DECREF_SPECIALIZED(right, _PyUnicode_ExactDealloc);
            ERROR_IF(*target_local == NULL, error);
        }

        // Where tuples and lists come in turn a trace gets this one.
        op(_UNPACK_SEQUENCE, (seq -- unused[oparg])) {
            PyObject **top = stack_pointer + oparg - 1;     // one past it
            PyObject **items = NULL;
            if (PyTuple_CheckExact(seq) && PyTuple_GET_SIZE(seq) == oparg) {
                items = _PyTuple_ITEMS(seq);
            }
            else if (PyList_CheckExact(seq) && PyList_GET_SIZE(seq) == oparg) {
                items = _PyList_ITEMS(seq);
            }
            int res = 1;
            if (items != NULL) {
                for (int i = 0; i < oparg; i++) {
                    top[-1 - i] = Py_NewRef(items[i]);
                }
            }
            else {
                res = _PyEval_UnpackIterable(tstate, seq, oparg, -1, top);
            }
            DECREF_INPUTS();
            ERROR_IF(res == 0, error);
        }

        // An UNPACK_SEQUENCE and the STORE_FASTs after it, if they are to `oparg` locals in a row.
        op(_UNPACK_TO_LOCALS, (first/1, seq --)) {
            PyObject *items[JIT_MAX_UNPACKED], **from = NULL;
            if (PyTuple_CheckExact(seq)) {
                from = _PyTuple_ITEMS(seq);
            }
            else if (PyList_CheckExact(seq)) {
                from = _PyList_ITEMS(seq);
            }
            DEOPT_IF(from == NULL);
            DEOPT_IF(Py_SIZE(seq) != oparg);
            for (int i = 0; i < oparg; i++) {
                items[i] = Py_NewRef(from[i]);
            }
            DECREF_INPUTS();
            _PyJIT_StoreItems(frame, first, items, oparg);
        }

        // Tier 1 also skips the POP_TOP that follows, so nothing is pushed.
        op(_CALL_LIST_APPEND, (callable, self, arg --)) {
            DEOPT_IF(callable != tstate->interp->callable_cache.list_append);
            DEOPT_IF(self == NULL);
            DEOPT_IF(!PyList_Check(self));
            int err = _PyList_AppendTakeRef((PyListObject *)self, arg);
            Py_DECREF(self);
            Py_DECREF(callable);
            ERROR_IF(err < 0, error);
        }

        // Calls of what is no Python function. Those that are enter a frame, by
        // the micro-ops of CALL_PY_GENERAL and CALL_BOUND_METHOD_GENERAL for
        // CALL, and by those below for the others; the versions that they check
        // are the recorded ones.

        op(_CALL, (callable, self_or_null, args[oparg] -- res)) {
            EXIT_IF(PyFunction_Check(callable));
            EXIT_IF(Py_TYPE(callable) == &PyMethod_Type);
            int total_args = oparg;
            if (self_or_null != NULL) {
                args--;
                total_args++;
            }
            res = PyObject_Vectorcall(
                callable, args,
                total_args | PY_VECTORCALL_ARGUMENTS_OFFSET,
                NULL);
            assert((res != NULL) ^ (_PyErr_Occurred(tstate) != NULL));
            Py_DECREF(callable);
            for (int i = 0; i < total_args; i++) {
                Py_DECREF(args[i]);
            }
            ERROR_IF(res == NULL, error);
        }

        op(_CALL_KW, (callable, self_or_null, args[oparg], kwnames -- res)) {
            EXIT_IF(PyFunction_Check(callable));
            EXIT_IF(Py_TYPE(callable) == &PyMethod_Type);
            int total_args = oparg;
            if (self_or_null != NULL) {
                args--;
                total_args++;
            }
            int positional_args = total_args - (int)PyTuple_GET_SIZE(kwnames);
            res = PyObject_Vectorcall(
                callable, args,
                positional_args | PY_VECTORCALL_ARGUMENTS_OFFSET,
                kwnames);
            Py_DECREF(kwnames);
            assert((res != NULL) ^ (_PyErr_Occurred(tstate) != NULL));
            Py_DECREF(callable);
            for (int i = 0; i < total_args; i++) {
                Py_DECREF(args[i]);
            }
            ERROR_IF(res == NULL, error);
        }

        op(_CHECK_FUNCTION_VERSION_KW, (func_version/2, callable, unused, unused[oparg], unused -- callable, unused, unused[oparg], unused)) {
            EXIT_IF(!PyFunction_Check(callable));
            EXIT_IF(((PyFunctionObject *)callable)->func_version != func_version);
        }

        op(_CHECK_METHOD_VERSION_KW, (func_version/2, callable, null, unused[oparg], unused -- callable, null, unused[oparg], unused)) {
            EXIT_IF(null != NULL);
            EXIT_IF(Py_TYPE(callable) != &PyMethod_Type);
            PyObject *func = ((PyMethodObject *)callable)->im_func;
            EXIT_IF(!PyFunction_Check(func));
            EXIT_IF(((PyFunctionObject *)func)->func_version != func_version);
        }

        op(_EXPAND_METHOD_KW, (callable, null, unused[oparg], unused -- method, self, unused[oparg], unused)) {
            (void)null;
            self = Py_NewRef(((PyMethodObject *)callable)->im_self);
            method = Py_NewRef(((PyMethodObject *)callable)->im_func);
            Py_DECREF(callable);
        }

        op(_PY_FRAME_KW, (callable, self_or_null, args[oparg], kwnames -- new_frame: _PyInterpreterFrame*)) {
            int total_args = oparg;
            if (self_or_null != NULL) {
                args--;
                total_args++;
            }
            int positional_args = total_args - (int)PyTuple_GET_SIZE(kwnames);
            int code_flags = ((PyCodeObject *)PyFunction_GET_CODE(callable))->co_flags;
            PyObject *locals = code_flags & CO_OPTIMIZED ? NULL : Py_NewRef(PyFunction_GET_GLOBALS(callable));
            new_frame = _PyEvalFramePushAndInit(
                tstate, (PyFunctionObject *)callable, locals,
                args, positional_args, kwnames
            );
            Py_DECREF(kwnames);
            SYNC_SP();
            if (new_frame == NULL) {
                ERROR_NO_POP();
            }
        }

        // Tier 1 raises the error for what cannot be iterated over.
        op(_CALL_FUNCTION_EX, (func, unused, callargs, kwargs if (oparg & 1) -- result)) {
            EXIT_IF(PyFunction_Check(func));
            EXIT_IF(!PyTuple_CheckExact(callargs) && Py_TYPE(callargs)->tp_iter == NULL);
            if (!PyTuple_CheckExact(callargs)) {
                PyObject *tuple = PySequence_Tuple(callargs);
                if (tuple == NULL) {
                    ERROR_NO_POP();
                }
                Py_SETREF(callargs, tuple);
            }
            result = PyObject_Call(func, callargs, kwargs);
            DECREF_INPUTS();
            ERROR_IF(result == NULL, error);
        }

        op(_CHECK_FUNCTION_VERSION_EX, (func_version/2, func, unused, callargs, unused if (oparg & 1) -- func, unused, callargs, unused if (oparg & 1))) {
            EXIT_IF(!PyFunction_Check(func));
            EXIT_IF(((PyFunctionObject *)func)->func_version != func_version);
            EXIT_IF(!PyTuple_CheckExact(callargs) && Py_TYPE(callargs)->tp_iter == NULL);
        }

        op(_PY_FRAME_EX, (func, unused, callargs, kwargs if (oparg & 1) -- new_frame: _PyInterpreterFrame*)) {
            if (!PyTuple_CheckExact(callargs)) {
                PyObject *tuple = PySequence_Tuple(callargs);
                if (tuple == NULL) {
                    ERROR_NO_POP();
                }
                Py_SETREF(callargs, tuple);
            }
            int code_flags = ((PyCodeObject *)PyFunction_GET_CODE(func))->co_flags;
            PyObject *locals = code_flags & CO_OPTIMIZED ? NULL : Py_NewRef(PyFunction_GET_GLOBALS(func));
            new_frame = _PyEvalFramePushAndInit_Ex(
                tstate, (PyFunctionObject *)func, locals,
                PyTuple_GET_SIZE(callargs), callargs, kwargs);
            SYNC_SP();
            if (new_frame == NULL) {
                ERROR_NO_POP();
            }
        }

        // Every trace begins with it: see executor.c on who can return to whom.
        op(_ENTER, (executor/4 --)) {
            JIT_MARK_USED(executor);
            tstate->previous_executor = executor;
        }

        // One more bytecode was executed in traces (PYTHON_JIT_STATS).
        op(_COUNT_BYTECODE, (counter/4 --)) {
            ++*(uint64_t *)counter;
        }

        // Before a return out of the trace's outermost frame: only to the
        // recorded instruction.
        op(_GUARD_CALLER, (instr/4 --)) {
            _PyInterpreterFrame *caller = frame->previous;
            EXIT_IF(caller->instr_ptr + caller->return_offset != (_Py_CODEUNIT *)instr);
        }

        op(_GUARD_CALLER_YIELD, (instr/4 --)) {
            EXIT_IF(frame->previous->instr_ptr + 1 + INLINE_CACHE_ENTRIES_SEND !=
                    (_Py_CODEUNIT *)instr);
        }

        // Globals and builtins of the frame are the recorded dicts.
        op(_GUARD_GLOBALS, (globals/4 --)) {
            EXIT_IF(GLOBALS() != globals);
        }

        op(_GUARD_GLOBALS_AND_VALID, (globals/4 --)) {
            EXIT_IF(!JIT_TRACE_IS_VALID());
            EXIT_IF(GLOBALS() != globals);
        }

        op(_GUARD_BUILTINS, (builtins/4 --)) {
            EXIT_IF(BUILTINS() != builtins);
        }

        // What enters a frame that is not chosen by a function's version goes
        // on in the recorded code only.
        op(_GUARD_GEN_FRAME, (instr/4, iter -- iter)) {
            EXIT_IF(Py_TYPE(iter) != &PyGen_Type);
            EXIT_IF(((_PyInterpreterFrame *)((PyGenObject *)iter)->gi_iframe)->instr_ptr !=
                    (_Py_CODEUNIT *)instr);
        }

        op(_GUARD_SEND_FRAME, (instr/4, receiver, unused -- receiver, unused)) {
            EXIT_IF(Py_TYPE(receiver) != &PyGen_Type && Py_TYPE(receiver) != &PyCoro_Type);
            EXIT_IF(((_PyInterpreterFrame *)((PyGenObject *)receiver)->gi_iframe)->instr_ptr !=
                    (_Py_CODEUNIT *)instr);
        }

        op(_GUARD_INIT_CODE, (code/4, callable, unused, unused[oparg] -- callable, unused, unused[oparg])) {
            PyFunctionObject *init = (PyFunctionObject *)((PyHeapTypeObject *)callable)->_spec_cache.init;
            EXIT_IF(init->func_code != code);
        }

        op(_GUARD_GETITEM_CODE, (code/4, container, unused -- container, unused)) {
            PyFunctionObject *f = (PyFunctionObject *)((PyHeapTypeObject *)Py_TYPE(container))->_spec_cache.getitem;
            EXIT_IF(f->func_code != code);
        }

        op(_GUARD_FUNCTION_VERSION, (func/4 --)) {
            EXIT_IF(((PyFunctionObject *)func)->func_version != (uint32_t)oparg);
        }

        // CALL_ISINSTANCE of the builtin itself.
        op(_ISINSTANCE, (instance, cls -- res)) {
            int retval = (PyObject *)Py_TYPE(instance) == cls ? 1 : _PyJIT_IsInstance(instance, cls);
            if (retval < 0) {
                ERROR_NO_POP();
            }
            res = retval ? Py_True : Py_False;
            Py_DECREF(instance);
            Py_DECREF(cls);
        }

        // Slices: without a slice object, of builtin types (slices.c).
        op(_BINARY_SLICE, (container, start, stop -- res)) {
            res = _PyJIT_GetSlice(container, start, stop, Py_None);
            Py_DECREF(start);
            Py_DECREF(stop);
            Py_DECREF(container);
            ERROR_IF(res == NULL, error);
        }

        // BUILD_SLICE and BINARY_SUBSCR.
        op(_SUBSCR_SLICE, (container, start, stop, step -- res)) {
            res = _PyJIT_GetSlice(container, start, stop, step);
            Py_DECREF(container);
            Py_DECREF(step);
            Py_DECREF(start);
            Py_DECREF(stop);
            ERROR_IF(res == NULL, error);
        }

        // The same of a list, tuple, str or bytes, and with bounds that are ints or None.
        op(_BINARY_SLICE_BUILTIN, (container, start, stop -- res)) {
            res = _PyJIT_GetBuiltinSlice(container, start, stop, Py_None);
            if (res == NULL) {
                ERROR_NO_POP();
            }
            Py_DECREF(start);
            Py_DECREF(stop);
            Py_DECREF(container);
        }

        op(_SUBSCR_SLICE_BUILTIN, (container, start, stop, step -- res)) {
            res = _PyJIT_GetBuiltinSlice(container, start, stop, step);
            if (res == NULL) {
                ERROR_NO_POP();
            }
            Py_DECREF(container);
            Py_DECREF(step);
            Py_DECREF(start);
            Py_DECREF(stop);
        }

        op(_STORE_SLICE, (v, container, start, stop -- )) {
            int err = _PyJIT_SetSlice(container, start, stop, v);
            Py_DECREF(start);
            Py_DECREF(stop);
            Py_DECREF(v);
            Py_DECREF(container);
            ERROR_IF(err, error);
        }

        // CALL_LEN of the builtin itself, of an object of a builtin type.
        op(_LEN_BUILTIN, (arg -- res)) {
            Py_ssize_t len_i = PyDict_CheckExact(arg) ? ((PyDictObject *)arg)->ma_used :
                               PyUnicode_CheckExact(arg) ? PyUnicode_GET_LENGTH(arg) : Py_SIZE(arg);
            res = PyLong_FromSsize_t(len_i);
            if (res == NULL) {
                ERROR_NO_POP();
            }
            Py_DECREF(arg);
        }

        // Calls of C functions that are constants: what they are needs no check, nor has
        // a method's descriptor a reference. (A function does: it may hold what it works on.)
        op(_CHECK_C_RECURSION, (--)) {
            EXIT_IF(tstate->c_recursion_remaining <= 0);
        }

        op(_METHOD_NOARGS, (meth/4, self -- res)) {
            _Py_EnterRecursiveCallTstateUnchecked(tstate);
            res = _PyCFunction_TrampolineCall((PyCFunction)meth, self, NULL);
            _Py_LeaveRecursiveCallTstate(tstate);
            Py_DECREF(self);
            ERROR_IF(res == NULL, error);
        }

        op(_METHOD_O, (meth/4, self, arg -- res)) {
            _Py_EnterRecursiveCallTstateUnchecked(tstate);
            res = _PyCFunction_TrampolineCall((PyCFunction)meth, self, arg);
            _Py_LeaveRecursiveCallTstate(tstate);
            Py_DECREF(self);
            Py_DECREF(arg);
            ERROR_IF(res == NULL, error);
        }

        op(_METHOD_FAST, (meth/4, self, args[oparg] -- res)) {
            res = ((PyCFunctionFast)(void(*)(void))(PyCFunction)meth)(self, args, oparg);
            Py_DECREF(self);
            for (int i = 0; i < oparg; i++) {
                Py_DECREF(args[i]);
            }
            ERROR_IF(res == NULL, error);
        }

        op(_BUILTIN_O, (callable, arg -- res)) {
            _Py_EnterRecursiveCallTstateUnchecked(tstate);
            res = _PyCFunction_TrampolineCall(PyCFunction_GET_FUNCTION(callable), PyCFunction_GET_SELF(callable), arg);
            _Py_LeaveRecursiveCallTstate(tstate);
            Py_DECREF(arg);
            Py_DECREF(callable);
            ERROR_IF(res == NULL, error);
        }

        op(_BUILTIN_FAST, (callable, args[oparg] -- res)) {
            res = ((PyCFunctionFast)(void(*)(void))PyCFunction_GET_FUNCTION(callable))(
                PyCFunction_GET_SELF(callable), args, oparg);
            for (int i = 0; i < oparg; i++) {
                Py_DECREF(args[i]);
            }
            Py_DECREF(callable);
            ERROR_IF(res == NULL, error);
        }

        // Calls of Python functions: of one that is a constant, of one on the stack, which
        // is checked unless it is a constant, and of a bound method. They make the frame
        // that goes on, and leave where there is no room for it (frames.c). Where the
        // arguments are, and what the function is, is in the struct jit_call.
        op(_CALL_KNOWN, (call/4, args[oparg] --)) {
            _PyInterpreterFrame *new_frame = _PyJIT_CallKnown(tstate, frame, (struct jit_call *)call);
            EXIT_IF(new_frame == NULL);
            SYNC_SP();
            JIT_ENTER_FRAME(new_frame);
        }

        op(_CALL_FUNCTION, (call/4, callable, args[oparg] --)) {
            _PyInterpreterFrame *new_frame = _PyJIT_CallFunction(tstate, frame, (struct jit_call *)call);
            EXIT_IF(new_frame == NULL);
            SYNC_SP();
            JIT_ENTER_FRAME(new_frame);
        }

        op(_CALL_BOUND_METHOD, (call/4, method, args[oparg] --)) {
            _PyInterpreterFrame *new_frame = _PyJIT_CallMethod(tstate, frame, (struct jit_call *)call);
            EXIT_IF(new_frame == NULL);
            SYNC_SP();
            JIT_ENTER_FRAME(new_frame);
        }

        // An iterator that has ended is dropped here, as by tier 1: what dies with
        // it can see where. (The others leave to the FOR_ITER, which does that.)
        op(_FOR_ITER_TIER_TWO, (iter -- iter, next)) {
            next = (*Py_TYPE(iter)->tp_iternext)(iter);
            if (next == NULL && _PyErr_Occurred(tstate)) {
                if (!_PyErr_ExceptionMatches(tstate, PyExc_StopIteration)) {
                    ERROR_NO_POP();
                }
                _PyEval_MonitorRaise(tstate, frame, frame->instr_ptr);
                _PyErr_Clear(tstate);
            }
            SYNC_SP();
            if (next == NULL) {
                Py_DECREF(iter);
                EXIT_IF(1);
            }
        }

        // The recorded loop ended here. That the iterator has no more cannot be found
        // out twice, so if there is one, the loop's body goes on with it.
        op(_FOR_ITER_LAST, (iter -- iter, next_or_null)) {
            next_or_null = (*Py_TYPE(iter)->tp_iternext)(iter);
            if (next_or_null == NULL && _PyErr_Occurred(tstate)) {
                if (!_PyErr_ExceptionMatches(tstate, PyExc_StopIteration)) {
                    ERROR_NO_POP();
                }
                _PyEval_MonitorRaise(tstate, frame, frame->instr_ptr);
                _PyErr_Clear(tstate);
            }
        }

        op(_GUARD_ENDED, (iter, next_or_null --)) {
            EXIT_IF(next_or_null != NULL);
            Py_DECREF(iter);
        }

        // The same for enumerate() of a list or tuple (pairs.c), together with the UNPACK_SEQUENCE that follows.
        // That there are no more, the FOR_ITER finds out.
        op(_FOR_ITER_PAIR, (iter -- iter, second, first)) {
            PyObject *two[2];
            int found = _PyJIT_NextPair(iter, two);
            EXIT_IF(found == 0);
            if (found < 0) {
                ERROR_NO_POP();
            }
            first = two[0];
            second = two[1];
        }

        // Where the index is a number.
        op(_FOR_ITER_ENUMERATE, (iter -- iter, item)) {
            item = _PyJIT_NextOfEnumerate(iter);
            if (item == NULL) {
                EXIT_IF(!_PyErr_Occurred(tstate));
                ERROR_NO_POP();
            }
        }

        op(_GUARD_NOT_EXHAUSTED_LIST, (iter -- iter)) {
            _PyListIterObject *it = (_PyListIterObject *)iter;
            PyListObject *seq = it->it_seq;
            EXIT_IF(seq == NULL);
            EXIT_IF((size_t)it->it_index >= (size_t)PyList_GET_SIZE(seq));
        }

        // The recorded loop ended here: the guards are the opposites of
        // _GUARD_NOT_EXHAUSTED_*. The iterator stays on the stack.
        op(_GUARD_EXHAUSTED_LIST, (iter -- iter)) {
            _PyListIterObject *it = (_PyListIterObject *)iter;
            PyListObject *seq = it->it_seq;
            EXIT_IF(seq != NULL && (size_t)it->it_index < (size_t)PyList_GET_SIZE(seq));
            it->it_index = -1;
            if (seq != NULL) {
                it->it_seq = NULL;
                Py_DECREF(seq);
            }
        }

        op(_GUARD_EXHAUSTED_TUPLE, (iter -- iter)) {
            _PyTupleIterObject *it = (_PyTupleIterObject *)iter;
            PyTupleObject *seq = it->it_seq;
            EXIT_IF(seq != NULL && it->it_index < PyTuple_GET_SIZE(seq));
            if (seq != NULL) {
                it->it_seq = NULL;
                Py_DECREF(seq);
            }
        }

        op(_GUARD_EXHAUSTED_RANGE, (iter -- iter)) {
            EXIT_IF(((_PyRangeIterObject *)iter)->len > 0);
        }

// END BYTECODES //
