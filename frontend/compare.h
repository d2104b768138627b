/* compare.h - `tandem compare`: one guest under several techniques, side by side. */
#ifndef FRONTEND_COMPARE_H
#define FRONTEND_COMPARE_H

/* argv[0] is "compare". Returns the exit status; messages go to stderr. */
int compare_main(int argc, char **argv);

#endif
