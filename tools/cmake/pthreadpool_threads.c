/* pthreadpool's pthreads.c with a shorter wait: it looks for work a million times (10 ms) before it sleeps. Idle threads
 * would keep a core from everybody else. Much less than a millisecond would be shorter than it takes to wake a thread in
 * a virtual machine, and threads would never meet. */
#include "threadpool-common.h"
#undef PTHREADPOOL_SPIN_WAIT_ITERATIONS
#define PTHREADPOOL_SPIN_WAIT_ITERATIONS 100000
#include "pthreads.c"
