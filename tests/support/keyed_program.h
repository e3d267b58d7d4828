/* Keyed services written by hand, the way dsyc emits them:
 *
 *   service Account(string id) {
 *       state int balance = 10;
 *       state string note;
 *       async int deposit(int n)          { balance += n; return balance; }
 *       async int slowly(int n)           { int before = balance; await sleep(n nanoseconds); balance = before + 1;
 *                                           return balance; }
 *       async int move(int n, string to)  { balance -= n; await Account(to).deposit(n); return balance; }
 *       async int pass(int n, string to)  { await sleep(n nanoseconds); return await Account(to).pass_back(id); }
 *       async int pass_back(string to)    { return await Account(to).deposit(1); }
 *       async int fail(int n)             { balance += n; throw DivideByZero; }
 *       shared async int note_down(int n, string to) { note = to; await sleep(n nanoseconds); return balance; }
 *       query int current()               { return balance; }
 *       async int cross(int n, string to) { await sleep(n nanoseconds); return await Account(to).deposit(1); }
 *   }
 *   service Counter(int32 number) { state int balance = 10; state string note; async int deposit(int n) … }
 *   service Session(uuid id)      { async string name() { return string(id); } } */
#ifndef DSY_TEST_KEYED_PROGRAM_H
#define DSY_TEST_KEYED_PROGRAM_H

#include "dsy/generated.h"

extern const struct dsy_program_type keyed_program;

enum keyed_service { KEYED_ACCOUNT, KEYED_COUNTER, KEYED_SESSION };

struct keyed_state {
    int64_t balance;
    dsy_string note;
};

#endif
