/* apic_message.h - what travels on the bus between the I/O APIC and the local APIC. SDM 3A 11.6, 11.11; 82093AA 3.2.4. */
#ifndef DEVICES_APIC_MESSAGE_H
#define DEVICES_APIC_MESSAGE_H

#include "base/types.h"

/* Delivery modes, as in the redirection table, the LVT and the ICR. */
enum apic_delivery {
	APIC_FIXED = 0,
	APIC_LOWEST = 1, /* I/O APIC and ICR only */
	APIC_SMI = 2,
	APIC_NMI = 4,
	APIC_INIT = 5,
	APIC_STARTUP = 6, /* ICR only */
	APIC_EXTINT = 7,
};

struct apic_message {
	u8 vector;
	u8 delivery;    /* enum apic_delivery */
	u8 destination; /* an APIC ID, or with `logical` a message destination address */
	bool logical;
	bool level; /* trigger mode: an end of interrupt is to be told to the sender */
};

#endif
