/* help.c - what -h and --version print. */
#include <stdio.h>

#include "frontend/options.h"

#ifndef TANDEM_VERSION
#define TANDEM_VERSION "0.1.0"
#endif

static const char options_text[] =
	"Usage: tandem [options] [image]\n"
	"       tandem classify [-h]         which instructions are privileged, sensitive, critical\n"
	"       tandem compare [options] [image]\n"
	"Runs an x86 PC. Without an image it boots the built-in tour of the processor.\n"
	"An image NAME.iso is a CD; one of a floppy's size goes into drive A, any other becomes the first disk.\n"
	"Options have one dash or two; the value follows as an argument or after '='.\n"
	"\n"
	"Machine\n"
	"  -m SIZE               memory in MB, or with M or G: 1 to 3072 (default 64)\n"
	"  -cpu MODEL[,+F][,-F]  486, pentium, pentiummmx, pentium3, atom (default), core2 or max, with and\n"
	"                        without features as in CPUID: sse2, aes, bmi1, nx, smap ...\n"
	"                        MODEL,critical=trap[:MNEMONIC,..]: an imaginary x86, critical instructions fault\n"
	"  -fda F -fdb F         raw floppy images, 160K to 2.88M\n"
	"  -hda F .. -hdd F      raw disk images\n"
	"  -cdrom F              CD or DVD image (the drive is there without, too, unless -hdc takes its place)\n"
	"  -boot ORDER           drives to boot from: a, c, d, as 'ca' or order=ac,menu=on\n"
	"  -snapshot             writes to images last until the end of the run only\n"
	"  -kernel F             start a Linux kernel (bzImage) or a Multiboot kernel\n"
	"  -initrd F             its initial RAM disk; Multiboot modules as 'F ARGS,F ARGS'\n"
	"  -append TEXT          its command line\n"
	"  -bios F -vgabios F    other ROM images than the built-in ones\n"
	"  -serial CHANNEL       where COM1 ends; once more for COM2. CHANNEL is none, stdio,\n"
	"                        file:NAME, pty or tcp:HOST:PORT[,server]\n"
	"  -debugcon CHANNEL     where bytes for port E9h go: none, stdio or file:NAME\n"
	"  -device isa-debugcon[,iobase=PORT]\n"
	"                        another port for it: SeaBIOS tells at 0x402 what it does\n"
	"  -device isa-debug-exit[,iobase=PORT]\n"
	"                        a port that ends the run; the exit status is 2 * value + 1\n"
	"  -rtc base=WHEN        date at power-on: utc, localtime (default) or 1996-12-31T23:59:58\n"
	"\n"
	"Running\n"
	"  -display D            sdl (a window, default), term (text in this terminal) or none\n"
	"  -script F             do what the lines of F say (see below)\n"
	"  -icount [shift=N]     virtual time depends on instructions alone, as fast as can be:\n"
	"                        each takes 2^N ns (default 10 ns); the date is 2000-01-01 unless -rtc\n"
	"  -mips N               at most N million instructions a second (default: what the host can)\n"
	"  -technique T          trap (default): sensitive instructions exit to the monitor;\n"
	"                        bare: they run on the processor itself;\n"
	"                        classic: only what a Pentium traps exits, the rest runs in ring 1\n"
	"  -translate RUNS       blocks become host code once they have run so often (default 32);\n"
	"                        off: handlers do everything\n"
	"  -S                    start paused\n"
	"  -no-reboot            a reset or a triple fault ends the run (status 0 or 3)\n"
	"  -no-shutdown          stay, stopped, when the run would end\n"
	"\n"
	"Looking inside\n"
	"  -d ITEMS              log: in_asm, exec, int, cpu, exits, io (a list with commas)\n"
	"  -D F                  the log goes to a file, not to stderr\n"
	"  -dfilter LO..HI       log only instructions at these linear addresses\n"
	"  -stats                print counts of instructions, exits and faults at the end\n"
	"  -report FILE          write a report of the run at its end: FILE.html, .json, .csv or .txt\n"
	"  -symbols FILE[@BASE]  names for its addresses: System.map, an ELF file or a linker's map;\n"
	"                        BASE is added to each address\n"
	"  -verify mmu           check each entry of the shadow page tables when it is made\n"
	"  -verify hw            try every exiting instruction on the compressed processor first:\n"
	"                        privileged ones must fault there, critical ones must not\n"
	"  -h, --help            this text\n"
	"  --version             the version\n";

static const char keys_text[] =
	"\n"
	"Keys in the window, with Ctrl+Alt\n"
	"  F full screen      I integer / 4:3 scaling   S screenshot (tandem-NNN.png)\n"
	"  V paste as keys    P pause or go on          R reset\n"
	"  D Ctrl+Alt+Del     G grab keyboard and mouse Q quit\n"
	"  B power button\n"
	"A click into the window gives the guest the mouse; Ctrl+Alt+G takes it back.\n"
	"An image dropped on the window goes into drive A, NAME.iso into the CD-ROM drive.\n"
	"\n"
	"Keys in the terminal (-display term, or -serial stdio with -display none)\n"
	"  Ctrl-A x quit      Ctrl-A h help             Ctrl-A p pause or go on\n"
	"  Ctrl-A r reset     Ctrl-A d Ctrl+Alt+Del     Ctrl-A b power button\n"
	"  Ctrl-A Ctrl-A sends Ctrl-A\n"
	"\n"
	"Script lines ('#' begins a comment; times are the guest's)\n"
	"  wait \"text\" [seconds] until the text is on the screen (default 60; else status 2)\n"
	"  expect \"text\"         the text is on the screen now, or status 2\n"
	"  type \"dir\\n\"          on a US keyboard; \\n Enter, \\t Tab, \\e Esc, \\b Backspace, \\\\ \\\"\n"
	"  key ctrl-alt-del      keys pressed together; several groups to a line\n"
	"  sleep SECONDS         let the guest run\n"
	"  mouse DX DY [BUTTONS [WHEEL]]\n"
	"                        moves it right and down; BUTTONS: none, left, left-right, middle, 4, 5\n"
	"  screenshot F.png      insert fda F.img    eject fda (also fdb, cdrom)\n"
	"  powerbutton           press it            regs   hash   quit [status]\n"
	"In wait and expect, \\_ stands for the cursor: wait \"A:\\>\\_\" waits for a new prompt.\n";

static const char compare_text[] =
	"\n"
	"tandem compare: the guest under several techniques, side by side (-icount, -snapshot, no display)\n"
	"  -techniques LIST      of bare, trap, classic (default bare,trap); others against the first\n"
	"  -format F             txt (default), html, json or csv, to stdout\n"
	"  -o FILE               to a file; its end is the format\n"
	"  -lockstep             only this: bare and classic in step, the first difference with both states\n"
	"  -seconds N            virtual time of a run without a script (default 10)\n"
	"Options of the machine, -script and -icount are those of a run.\n";

static const char examples_text[] =
	"\n"
	"Examples\n"
	"  tandem                                    the tour\n"
	"  tandem freedos.img                        boot a floppy image in a window\n"
	"  tandem -hda c.img -fda setup.img -boot a  install from a floppy\n"
	"  tandem -display term freedos.img          the same in the terminal\n"
	"  tandem -display none -serial stdio -hda c.img\n"
	"  tandem -icount -display none -script boot.txt -snapshot c.img\n"
	"  tandem -icount -display none -script boot.txt -report boot.html freedos.img\n"
	"  tandem compare -techniques bare,trap,classic -script boot.txt freedos.img\n"
	"  tandem -d in_asm,int -D log.txt -dfilter 0x7c00..0x7dff boot.img\n";

void help_print(void)
{
	printf("%s%s%s%s", options_text, keys_text, compare_text, examples_text);
}

void help_print_version(void)
{
	printf("tandem %s\n", TANDEM_VERSION);
}
