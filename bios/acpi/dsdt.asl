/*
 * The machine for ACPI: 440FX, PIIX3, the ISA devices. Addresses and interrupts as in platform.h. What POST has found on
 * the ISA bus it says in the byte at EC040h (platform.h, TABLES_FOUND).
 *
 * Changed? Then run update.sh, which makes dsdt.inc of it (with the preprocessor of C): the ROM is built without iasl.
 *
 * Not here: S1-S3 (the BIOS has no way to resume), GPEs (no chip raises one), thermal zones, batteries, hot plug.
 */
DefinitionBlock ("", "DSDT", 1, "TANDEM", "TANDEMPC", 0x00000001)
{
	Scope (\_PR)
	{
		Processor (CPU0, 0x00, 0x00000000, 0x00) {}
	}

	/* PIIX4 SLP_TYP 0 turns the power off; for S4 the system has saved itself before. */
	Name (\_S4, Package () { 0, 0, 0, 0 })
	Name (\_S5, Package () { 0, 0, 0, 0 })

	OperationRegion (POST, SystemMemory, 0x000EC040, 0x01)
	Field (POST, ByteAcc, NoLock, Preserve)
	{
		HCOM, 1,
		HCO2, 1,
		HLPT, 1,
		HFDC, 1,
		HMOU, 1
	}

	Scope (\_SB)
	{
		Device (PCI0)
		{
			Name (_HID, EisaId ("PNP0A03"))
			Name (_UID, 0)
			Name (_CRS, ResourceTemplate ()
			{
				WordBusNumber (ResourceProducer, MinFixed, MaxFixed, PosDecode, 0, 0x0000, 0x00FF, 0, 0x0100)
				IO (Decode16, 0x0CF8, 0x0CF8, 1, 8)
				WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange, 0, 0x0000, 0x0CF7, 0, 0x0CF8)
				WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange, 0, 0x0D00, 0xFFFF, 0, 0xF300)
				DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, Cacheable, ReadWrite,
					0, 0x000A0000, 0x000BFFFF, 0, 0x00020000)
				DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, NonCacheable, ReadWrite,
					0, 0xE0000000, 0xFEBFFFFF, 0, 0x1EC00000)
			})

#define SLOT(n, a, b, c, d) \
				Package () { 0x##n##FFFF, 0, a, 0 }, \
				Package () { 0x##n##FFFF, 1, b, 0 }, \
				Package () { 0x##n##FFFF, 2, c, 0 }, \
				Package () { 0x##n##FFFF, 3, d, 0 }
#define FOUR(n0, n1, n2, n3) \
				SLOT (n0, LNKD, LNKA, LNKB, LNKC), \
				SLOT (n1, LNKA, LNKB, LNKC, LNKD), \
				SLOT (n2, LNKB, LNKC, LNKD, LNKA), \
				SLOT (n3, LNKC, LNKD, LNKA, LNKB)
			Name (_PRT, Package ()
			{
				/* The power management function of device 1 is wired to IRQ 9. */
				SLOT (0001, LNKS, LNKB, LNKC, LNKD),
				SLOT (0002, LNKB, LNKC, LNKD, LNKA),
				SLOT (0003, LNKC, LNKD, LNKA, LNKB),
				FOUR (0004, 0005, 0006, 0007),
				FOUR (0008, 0009, 000A, 000B),
				FOUR (000C, 000D, 000E, 000F),
				FOUR (0010, 0011, 0012, 0013),
				FOUR (0014, 0015, 0016, 0017),
				FOUR (0018, 0019, 001A, 001B),
				FOUR (001C, 001D, 001E, 001F)
			})

			Device (ISA)
			{
				Name (_ADR, 0x00010000)
				OperationRegion (ROUT, PCI_Config, 0x60, 0x04)
				Field (ROUT, ByteAcc, NoLock, Preserve)
				{
					PRQA, 8,
					PRQB, 8,
					PRQC, 8,
					PRQD, 8
				}

				Device (PIC)
				{
					Name (_HID, EisaId ("PNP0000"))
					Name (_CRS, ResourceTemplate ()
					{
						IO (Decode16, 0x0020, 0x0020, 0, 2)
						IO (Decode16, 0x00A0, 0x00A0, 0, 2)
						IO (Decode16, 0x04D0, 0x04D0, 0, 2)
						IRQNoFlags () { 2 }
					})
				}

				Device (DMAC)
				{
					Name (_HID, EisaId ("PNP0200"))
					Name (_CRS, ResourceTemplate ()
					{
						IO (Decode16, 0x0000, 0x0000, 0, 16)
						IO (Decode16, 0x0081, 0x0081, 0, 15)
						IO (Decode16, 0x00C0, 0x00C0, 0, 32)
						DMA (Compatibility, NotBusMaster, Transfer8_16) { 4 }
					})
				}

				Device (TIMR)
				{
					Name (_HID, EisaId ("PNP0100"))
					Name (_CRS, ResourceTemplate ()
					{
						IO (Decode16, 0x0040, 0x0040, 0, 4)
						IRQNoFlags () { 0 }
					})
				}

				Device (RTC)
				{
					Name (_HID, EisaId ("PNP0B00"))
					Name (_CRS, ResourceTemplate ()
					{
						IO (Decode16, 0x0070, 0x0070, 0, 8)
						IRQNoFlags () { 8 }
					})
				}

				Device (SPKR)
				{
					Name (_HID, EisaId ("PNP0800"))
					Name (_CRS, ResourceTemplate ()
					{
						IO (Decode16, 0x0061, 0x0061, 0, 1)
					})
				}

				Device (FPU)
				{
					Name (_HID, EisaId ("PNP0C04"))
					Name (_CRS, ResourceTemplate ()
					{
						IO (Decode16, 0x00F0, 0x00F0, 0, 16)
						IRQNoFlags () { 13 }
					})
				}

				Device (KBD)
				{
					Name (_HID, EisaId ("PNP0303"))
					Name (_CRS, ResourceTemplate ()
					{
						IO (Decode16, 0x0060, 0x0060, 0, 1)
						IO (Decode16, 0x0064, 0x0064, 0, 1)
						IRQNoFlags () { 1 }
					})
				}

				Device (MOU)
				{
					Name (_HID, EisaId ("PNP0F13"))
					Method (_STA) { If (HMOU) { Return (0x0F) } Return (0) }
					Name (_CRS, ResourceTemplate ()
					{
						IRQNoFlags () { 12 }
					})
				}

				Device (FDC)
				{
					Name (_HID, EisaId ("PNP0700"))
					Method (_STA) { If (HFDC) { Return (0x0F) } Return (0) }
					Name (_CRS, ResourceTemplate ()
					{
						IO (Decode16, 0x03F2, 0x03F2, 0, 4)
						IO (Decode16, 0x03F7, 0x03F7, 0, 1)
						IRQNoFlags () { 6 }
						DMA (Compatibility, NotBusMaster, Transfer8) { 2 }
					})
				}

				Device (COM1)
				{
					Name (_HID, EisaId ("PNP0501"))
					Name (_UID, 1)
					Method (_STA) { If (HCOM) { Return (0x0F) } Return (0) }
					Name (_CRS, ResourceTemplate ()
					{
						IO (Decode16, 0x03F8, 0x03F8, 0, 8)
						IRQNoFlags () { 4 }
					})
				}

				Device (COM2)
				{
					Name (_HID, EisaId ("PNP0501"))
					Name (_UID, 2)
					Method (_STA) { If (HCO2) { Return (0x0F) } Return (0) }
					Name (_CRS, ResourceTemplate ()
					{
						IO (Decode16, 0x02F8, 0x02F8, 0, 8)
						IRQNoFlags () { 3 }
					})
				}

				Device (LPT1)
				{
					Name (_HID, EisaId ("PNP0400"))
					Method (_STA) { If (HLPT) { Return (0x0F) } Return (0) }
					Name (_CRS, ResourceTemplate ()
					{
						IO (Decode16, 0x0378, 0x0378, 0, 8)
						IRQNoFlags () { 7 }
					})
				}

				/* Ports of the board that no other device has. */
				Device (BRD)
				{
					Name (_HID, EisaId ("PNP0C02"))
					Name (_CRS, ResourceTemplate ()
					{
						IO (Decode16, 0x0080, 0x0080, 0, 1)
						IO (Decode16, 0x0092, 0x0092, 0, 1)
						IO (Decode16, 0x00B2, 0x00B2, 0, 2)
						IO (Decode16, 0xB000, 0xB000, 0, 64)
						IO (Decode16, 0xB100, 0xB100, 0, 16)
					})
				}
			}
		}

		Device (HPET)
		{
			Name (_HID, EisaId ("PNP0103"))
			Name (_UID, 0)
			OperationRegion (REGS, SystemMemory, 0xFED00000, 0x08)
			Field (REGS, DWordAcc, NoLock, Preserve)
			{
				HID, 32,
				PERI, 32
			}
			Method (_STA)
			{
				If (LOr (LEqual (HID, 0), LEqual (HID, 0xFFFFFFFF)))
				{
					Return (0)
				}
				Return (0x0F)
			}
			Name (_CRS, ResourceTemplate ()
			{
				Memory32Fixed (ReadOnly, 0xFED00000, 0x00000400)
			})
		}

		/* PIRQRC: bit 7 off, bits 3-0 the interrupt (82371SB, 2.2.10). */
		Method (LCRS, 1, Serialized)
		{
			Name (BUF0, ResourceTemplate ()
			{
				Interrupt (ResourceConsumer, Level, ActiveHigh, Shared) { 0 }
			})
			CreateDWordField (BUF0, 0x05, NUM)
			If (LNot (And (Arg0, 0x80)))
			{
				And (Arg0, 0x0F, NUM)
			}
			Return (BUF0)
		}

		Method (LSTA, 1)
		{
			If (And (Arg0, 0x80))
			{
				Return (0x09)
			}
			Return (0x0B)
		}

#define LINK(link, uid, register) \
		Device (link) \
		{ \
			Name (_HID, EisaId ("PNP0C0F")) \
			Name (_UID, uid) \
			Name (_PRS, ResourceTemplate () \
			{ \
				Interrupt (ResourceConsumer, Level, ActiveHigh, Shared) { 5, 10, 11 } \
			}) \
			Method (_STA) { Return (LSTA (register)) } \
			Method (_DIS) { Or (register, 0x80, register) } \
			Method (_CRS) { Return (LCRS (register)) } \
			Method (_SRS, 1) \
			{ \
				CreateDWordField (Arg0, 0x05, NUM) \
				Store (NUM, register) \
			} \
		}
		LINK (LNKA, 1, \_SB.PCI0.ISA.PRQA)
		LINK (LNKB, 2, \_SB.PCI0.ISA.PRQB)
		LINK (LNKC, 3, \_SB.PCI0.ISA.PRQC)
		LINK (LNKD, 4, \_SB.PCI0.ISA.PRQD)

		Device (LNKS)
		{
			Name (_HID, EisaId ("PNP0C0F"))
			Name (_UID, 5)
			Name (_PRS, ResourceTemplate ()
			{
				Interrupt (ResourceConsumer, Level, ActiveHigh, Shared) { 9 }
			})
			Method (_STA) { Return (0x0B) }
			Method (_DIS) {}
			Method (_CRS) { Return (_PRS) }
			Method (_SRS, 1) {}
		}
	}
}
