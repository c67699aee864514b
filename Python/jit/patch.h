/* patch.h - fills in one hole of a stencil: what processors have of their own (part of emit.c).
 *
 * Tools/jit/stencils.py says what each kind of hole takes; Tools/jit/stencil_loader.py does the same in Python,
 * and a test compares the two.
 *
 * Behind the code of a block lies its pool: what code that is out of reach is jumped to by, and slots, from which
 * code for macOS and Windows loads addresses and operands. Values are there once, however many holes want them.
 *
 *     code      bl   veneer             adrp x8, slot; ldr x8, [x8, slot]
 *     pool      veneer: ldr x16, .+8; br x16; the address             slot: the value
 *
 * (x16 is a register that any call may change, but not one of a function that keeps all registers: these lie in the
 * first arena, which all others reach, see REACH in memory.c.)
 */
#ifndef Py_JIT_PATCH_H
#define Py_JIT_PATCH_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define JIT_VENEER_SIZE 16
#define JIT_SLOT_SIZE 8
#define JIT_MAX_VENEERS 64

#ifdef JIT_STENCILS_AARCH64
#  define JIT_TRAP 0            // UDF
#else
#  define JIT_TRAP 0xcc         // INT3
#endif

/* A value and where it lies: an offset in the block, or 0. */
struct jit_pool_item {
    uintptr_t value;
    uint32_t place;
};

struct jit_pool {
    uint8_t *bytes;                 // where the block is put together
    uintptr_t base;                 // where it will run
    uint32_t used, end;             // offsets in the block: of what is free, and behind it
    struct jit_pool_item veneers[JIT_MAX_VENEERS];
    int veneer_count;
    struct jit_pool_item *slots;    // a hash table, zeros at first
    uint32_t slot_mask;             // one less than its size, a power of 2 that is larger than the number of values
    bool full;                      // something had no place
};

static uint32_t
jit_pool_take(struct jit_pool *pool, uint32_t size)
{
    if (pool->end - pool->used < size) {
        pool->full = true;
        return 0;
    }
    uint32_t place = pool->used;
    pool->used += size;
    return place;
}

/* Where a call or jump out of reach goes instead. */
static uintptr_t
jit_veneer(struct jit_pool *pool, uintptr_t target)
{
    int i = 0;
    while (i < pool->veneer_count && pool->veneers[i].value != target) {
        i++;
    }
    if (i == pool->veneer_count) {
        uint32_t place = i < JIT_MAX_VENEERS ? jit_pool_take(pool, JIT_VENEER_SIZE) : 0;
        if (place == 0) {
            pool->full = true;
            return target;
        }
#ifdef JIT_STENCILS_AARCH64
        static const uint32_t jump[2] = {0x58000050, 0xd61f0200};       // ldr x16, .+8; br x16
#else
        static const uint8_t jump[8] = {0xff, 0x25, 2, 0, 0, 0, 0xcc, 0xcc};    // jmp *[rip + 2]
#endif
        memcpy(pool->bytes + place, jump, sizeof(jump));
        memcpy(pool->bytes + place + 8, &target, 8);
        pool->veneers[pool->veneer_count++] = (struct jit_pool_item){target, place};
    }
    return pool->base + pool->veneers[i].place;
}

/* The address of the slot that holds a value. */
static inline uintptr_t
jit_slot(struct jit_pool *pool, uintptr_t value)
{
    uint32_t i = (uint32_t)(value ^ value >> 32) * 0x9e3779b1u >> 7 & pool->slot_mask;
    while (pool->slots[i].place != 0 && pool->slots[i].value != value) {
        i = (i + 1) & pool->slot_mask;
    }
    if (pool->slots[i].place == 0) {
        uint32_t place = jit_pool_take(pool, JIT_SLOT_SIZE);
        if (place == 0) {
            return value;
        }
        memcpy(pool->bytes + place, &value, JIT_SLOT_SIZE);
        pool->slots[i] = (struct jit_pool_item){value, place};
    }
    return pool->base + pool->slots[i].place;
}

/* Is it a hole for the address of a slot? */
static inline bool
jit_is_slot(int kind)
{
#ifdef JIT_STENCILS_AARCH64
    return kind == JIT_REL_AARCH64_GOTPAGE21 || kind == JIT_REL_AARCH64_GOTLO12;
#else
    return kind == JIT_REL_X86_64_GOTPC32;
#endif
}

/* Does it fit in a signed field of so many bits? */
static inline bool
jit_fits(intptr_t value, int bits)
{
    return value >= -((intptr_t)1 << (bits - 1)) && value < (intptr_t)1 << (bits - 1);
}

#ifdef JIT_STENCILS_X86_64
static bool
jit_patch_bytes(struct jit_pool *pool, uint8_t *where, uintptr_t run_at, int kind, uintptr_t value)
{
    bool fits = true;
    int32_t low = (int32_t)(uint32_t)value;
    switch (kind) {
        case JIT_REL_X86_64_64:
            memcpy(where, &value, 8);
            return true;
        case JIT_REL_X86_64_32:
            fits = value <= UINT32_MAX;
            break;
        case JIT_REL_X86_64_32S:
            fits = (intptr_t)value == low;
            break;
        case JIT_REL_X86_64_8:
            *where = (uint8_t)value;
            return value <= INT8_MAX;
        case JIT_REL_X86_64_BRANCH32:
        case JIT_REL_X86_64_PC32:
        case JIT_REL_X86_64_GOTPC32: {
            intptr_t distance = (intptr_t)(value - (run_at + 4));
            if (!jit_fits(distance, 32) && kind == JIT_REL_X86_64_BRANCH32) {
                distance = (intptr_t)(jit_veneer(pool, value) - (run_at + 4));
            }
            fits = jit_fits(distance, 32);
            low = (int32_t)distance;
            break;
        }
        default:
            return false;
    }
    memcpy(where, &low, 4);
    return fits;
}
#endif

#ifdef JIT_STENCILS_AARCH64
/* Puts a signed number into a field of an instruction, where there are zeros. */
static bool
jit_insert(uint8_t *where, intptr_t value, int bits, int shift)
{
    uint32_t instruction;
    memcpy(&instruction, where, 4);
    instruction |= ((uint32_t)value & ((1u << bits) - 1)) << shift;
    memcpy(where, &instruction, 4);
    return jit_fits(value, bits);
}

/* The same without a sign, for what was cut to fit. */
static void
jit_insert_low(uint8_t *where, uintptr_t value, int bits, int shift)
{
    (void)jit_insert(where, (intptr_t)(value & ((1u << bits) - 1)), bits, shift);
}

/* The offset in its page of what is loaded or stored, in units of its size. */
static bool
jit_insert_offset(uint8_t *where, uintptr_t value, int log_size)
{
    jit_insert_low(where, (value & 0xfff) >> log_size, 12, 10);
    return (value & ((1u << log_size) - 1)) == 0;
}

static bool
jit_patch_bytes(struct jit_pool *pool, uint8_t *where, uintptr_t run_at, int kind, uintptr_t value)
{
    intptr_t distance = (intptr_t)(value - run_at);
    switch (kind) {
        case JIT_REL_AARCH64_64:
            memcpy(where, &value, 8);
            return true;
        case JIT_REL_AARCH64_BRANCH26:
            if (!jit_fits(distance, 28)) {
                distance = (intptr_t)(jit_veneer(pool, value) - run_at);
            }
            return distance % 4 == 0 && jit_insert(where, distance / 4, 26, 0);
        case JIT_REL_AARCH64_BRANCH19:
            return distance % 4 == 0 && jit_insert(where, distance / 4, 19, 5);
        case JIT_REL_AARCH64_BRANCH14:
            return distance % 4 == 0 && jit_insert(where, distance / 4, 14, 5);
        case JIT_REL_AARCH64_PAGE21:
        case JIT_REL_AARCH64_GOTPAGE21: {
            intptr_t pages = (intptr_t)((value >> 12) - (run_at >> 12));
            jit_insert_low(where, (uintptr_t)pages, 2, 29);
            return jit_insert(where, pages >> 2, 19, 5);
        }
        case JIT_REL_AARCH64_ADD12:
            jit_insert_low(where, value & 0xfff, 12, 10);
            return true;
        case JIT_REL_AARCH64_LDST8:
            return jit_insert_offset(where, value, 0);
        case JIT_REL_AARCH64_LDST16:
            return jit_insert_offset(where, value, 1);
        case JIT_REL_AARCH64_LDST32:
            return jit_insert_offset(where, value, 2);
        case JIT_REL_AARCH64_LDST64:
        case JIT_REL_AARCH64_GOTLO12:
            return jit_insert_offset(where, value, 3);
        case JIT_REL_AARCH64_LDST128:
            return jit_insert_offset(where, value, 4);
        case JIT_REL_AARCH64_G0:
        case JIT_REL_AARCH64_G1:
        case JIT_REL_AARCH64_G2:
        case JIT_REL_AARCH64_G3:
            jit_insert_low(where, value >> 16 * (kind - JIT_REL_AARCH64_G0), 16, 5);
            return true;
        default:
            return false;
    }
}
#endif

/* Fills in the hole at `where`, which will run at `run_at`; false if the value does not fit. */
static bool
jit_patch(struct jit_pool *pool, uint8_t *where, uintptr_t run_at, int kind, uintptr_t value, intptr_t argument)
{
    if (jit_is_slot(kind)) {
        value = jit_slot(pool, value);
    }
    return jit_patch_bytes(pool, where, run_at, kind, value + (uintptr_t)argument);
}

#endif  /* !Py_JIT_PATCH_H */
