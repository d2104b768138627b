/* Fixed by hand, so that the same source makes the same ROM. */
#ifndef BIOS_VERSION_H
#define BIOS_VERSION_H

#define BIOS_VERSION "0.1"
#define BIOS_DATE "11/25/26"

#ifndef CMOS_SHUTDOWN
#define CMOS_SHUTDOWN 0x0f
#endif

#endif
