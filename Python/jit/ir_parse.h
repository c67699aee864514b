/* What the files ir_parse*.c share: the parser of a trace's text, see ir_parse.c. */
#ifndef Py_JIT_IR_PARSE_H
#define Py_JIT_IR_PARSE_H

#include "ir.h"

#ifdef _Py_JIT

struct constant {
    uint8_t op;
    const char *text;               // in the text that is parsed
    size_t length;
    uint64_t imm;
    jref user;                      // the first,
    int line_number;                // and where it is
    jref ref;
};

struct parser {
    struct jir *ir;
    struct jit_trace *trace;
    const char *start;              // of the line
    const char *p;
    int line_number;
    char *error;                    // empty: out of memory
    bool failed;
    int frame;
    int line;                       // of the comment above; -1: there was none
    bool frame_said, line_said;     // by comments that no instruction has followed yet
    struct constant *constants;
    int constant_count, constant_capacity;
    int exit_capacity;
    jref *list;                     // MAX_LIST: operands or items
    int list_count;
    char *letters;
};

/* ir_parse_words.c. What returns a bool has failed, and said why, if it is false. */
bool parse_fail(struct parser *p, const char *what);
bool parse_no_memory(struct parser *p);
bool parse_appended(struct parser *p);
bool parse_is_end(const char *s);
void parse_skip(struct parser *p);
bool parse_accept(struct parser *p, const char *text);
bool parse_expect(struct parser *p, const char *text, const char *complaint);
const char *parse_end_of_word(const char *s);
bool parse_word(struct parser *p, const char **text, size_t *length, const char *complaint);
bool parse_is_word(const char *text, size_t length, const char *what);
bool parse_number(struct parser *p, long long least, long long most, long long *value);
bool parse_add_text(struct parser *p, enum jir_text_kind kind, int index, const char *text, size_t length);
bool parse_ref(struct parser *p, jref *v);
bool parse_is_object(const char *text, size_t length);
bool parse_value(struct parser *p, char letter, jref *v);
bool parse_place_constants(struct parser *p);

#endif  // _Py_JIT

#endif  /* !Py_JIT_IR_PARSE_H */
