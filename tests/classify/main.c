/* main.c - `tandem classify` alone, around whatever core it is linked with. */
#include "classify/classify.h"

int main(int argc, char **argv)
{
	return classify_main(argc, argv);
}
