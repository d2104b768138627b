/*
 * INT 09h and INT 16h. Scan codes (set 1, as after translation) are put into the controller with command D2h ("write keyboard
 * output buffer"; PS/2 Technical Reference, keyboard controller). Expected: IBM PS/2 BIOS Interface Technical Reference, INT 16h.
 */
#include "harness.inc"

	/* Send scan codes, then see what INT 16h AH=10h gives. */
	.macro keys codes:vararg
	movw $9f, %si
	call send_keys
	jmp 8f
9:	.byte \codes, 0
8:
	.endm

	.macro expect_key value
	.set check_line, __LINE__
	call get_key
	cmpw $\value, %ax
	check_jump je
	.endm

#define EXPECT_KEY(value) .set check_line, __LINE__; call get_key; cmpw $value, %ax; check_jump je
#define EXPECT_OLD_KEY(value) .set check_line, __LINE__; call get_old_key; cmpw $value, %ax; check_jump je
#define EXPECT_NONE .set check_line, __LINE__; movb $0x11, %ah; int $0x16; check_jump jz

main:
	call drain
	movb $0, 0x417

	test int16_00_and_01_give_a_letter
	keys 0x1e, 0x9e
	movb $0x01, %ah
	int $0x16
	CHECK_NZ
	CHECK_EQ(%ax, $0x1e61)
	EXPECT_OLD_KEY(0x1e61)
	movb $0x01, %ah
	int $0x16
	CHECK_Z
	endtest

	test shift_makes_capitals
	keys 0x2a, 0x1e, 0x9e, 0xaa, 0x36, 0x02, 0x82, 0xb6, 0x02, 0x82
	EXPECT_KEY(0x1e41)
	EXPECT_KEY(0x0221)
	EXPECT_KEY(0x0231)
	endtest

	test ctrl_and_alt_give_their_codes
	keys 0x1d, 0x2e, 0xae, 0x3b, 0xbb, 0x9d, 0x38, 0x1e, 0x9e, 0x3b, 0xbb, 0xb8
	EXPECT_KEY(0x2e03)
	EXPECT_KEY(0x5e00)
	EXPECT_KEY(0x1e00)
	EXPECT_KEY(0x6800)
	endtest

	test shift_states_are_in_40_17_and_40_18
	keys 0x2a, 0x1d, 0x38
	movb $0x02, %ah
	int $0x16
	andb $0x0f, %al
	CHECK_EQB(%al, $0x0e)
	movb $0x12, %ah
	int $0x16
	CHECK_EQB(%ah, $0x03)           /* left Ctrl, left Alt */
	keys 0xaa, 0x9d, 0xb8, 0xe0, 0x1d, 0xe0, 0x38
	movb $0x12, %ah
	int $0x16
	CHECK_EQB(%ah, $0x0c)           /* right Ctrl, right Alt */
	andb $0x0f, %al
	CHECK_EQB(%al, $0x0c)
	keys 0xe0, 0x9d, 0xe0, 0xb8
	movb $0x12, %ah
	int $0x16
	CHECK_EQB(%ah, $0x00)
	andb $0x0f, %al
	CHECK_EQB(%al, $0x00)
	endtest

	test caps_lock_turns_letters_only
	keys 0x3a, 0xba
	testb $0x40, 0x417
	CHECK_NZ
	call settle
	keys 0x1e, 0x9e, 0x02, 0x82, 0x2a, 0x1e, 0x9e, 0xaa
	EXPECT_KEY(0x1e41)
	EXPECT_KEY(0x0231)
	EXPECT_KEY(0x1e61)
	keys 0x3a, 0xba
	call settle
	testb $0x40, 0x417
	CHECK_Z
	endtest

	test num_lock_makes_digits
	keys 0x47, 0xc7
	EXPECT_KEY(0x4700)
	keys 0x45, 0xc5
	testb $0x20, 0x417
	CHECK_NZ
	call settle
	keys 0x47, 0xc7, 0x2a, 0x47, 0xc7, 0xaa, 0x4a, 0xca
	EXPECT_KEY(0x4737)
	EXPECT_KEY(0x4700)
	EXPECT_KEY(0x4a2d)
	keys 0x45, 0xc5
	call settle
	endtest

	test leds_follow_the_locks
	call drain
	testb $0x47, 0x497
	CHECK_Z
	keys 0x46, 0xc6
	call settle
	movb 0x497, %al
	andb $0x07, %al
	CHECK_EQB(%al, $0x01)
	keys 0x46, 0xc6
	call settle
	movb 0x497, %al
	andb $0x47, %al
	CHECK_EQB(%al, $0x00)
	endtest

	test grey_keys_have_e0
	keys 0xe0, 0x48, 0xe0, 0xc8, 0xe0, 0x48, 0xe0, 0xc8
	EXPECT_KEY(0x48e0)
	EXPECT_OLD_KEY(0x4800)
	keys 0xe0, 0x1c, 0xe0, 0x9c, 0xe0, 0x35, 0xe0, 0xb5, 0xe0, 0x1c, 0xe0, 0x9c
	EXPECT_OLD_KEY(0x1c0d)
	EXPECT_OLD_KEY(0x352f)
	EXPECT_KEY(0xe00d)
	endtest

	test f11_exists_for_the_new_functions_only
	keys 0x57, 0xd7
	movb $0x11, %ah
	int $0x16
	CHECK_NZ
	CHECK_EQ(%ax, $0x8500)
	movb $0x01, %ah
	int $0x16
	CHECK_Z
	EXPECT_NONE
	endtest

	test alt_and_the_keypad_type_a_code
	keys 0x38, 0x4d, 0xcd, 0x4c, 0xcc, 0xb8       /* Alt 6 5 */
	EXPECT_KEY(0x0041)
	endtest

	test int16_05_puts_a_key_until_the_buffer_is_full
	movw $15, %si
1:	movb $0x05, %ah
	movw $0x1234, %cx
	int $0x16
	CHECK_EQB(%al, $0)
	decw %si
	jnz 1b
	movb $0x05, %ah
	int $0x16
	CHECK_EQB(%al, $1)
	EXPECT_KEY(0x1234)
	call drain
	endtest

	test int16_00_waits_for_a_key
	movb $0x1c, %al
	movw $key_later, %bx
	call hook
	movl %edx, old
	movw $4, calls
	movw $0x0000, %ax
	int $0x16
	CHECK_EQ(%ax, $0x1f73)
	CHECK_EQ(calls, $0)
	movl old, %edx
	movb $0x1c, %al
	call unhook
	endtest

	test ctrl_break_calls_int_1b_and_empties_the_buffer
	movb $0x1b, %al
	movw $count, %bx
	call hook
	movl %edx, old
	movw $0, calls
	keys 0x1e, 0x9e, 0x1d, 0xe0, 0x46, 0xe0, 0xc6, 0x9d
	CHECK_EQ(calls, $1)
	testb $0x80, 0x471
	CHECK_NZ
	movb $0, 0x471
	EXPECT_KEY(0x0000)
	EXPECT_NONE
	movl old, %edx
	movb $0x1b, %al
	call unhook
	endtest

	test print_screen_calls_int_05
	movb $0x05, %al
	movw $count, %bx
	call hook
	movl %edx, old
	movw $0, calls
	keys 0xe0, 0x2a, 0xe0, 0x37, 0xe0, 0xb7, 0xe0, 0xaa
	CHECK_EQ(calls, $1)
	EXPECT_NONE
	movl old, %edx
	movb $0x05, %al
	call unhook
	endtest

	test sysrq_calls_int15_85
	call hook_15
	movw $0, calls
	movw $0, sysrq
	keys 0x38, 0x54, 0xd4, 0xb8
	CHECK_EQ(sysrq, $0x8585)
	call unhook_15
	EXPECT_NONE
	endtest

	test int15_4f_may_change_and_take_keys
	call hook_15
	keys 0x30, 0xb0, 0x31, 0xb1, 0x2e, 0xae     /* b becomes x, n is taken, c stays */
	call unhook_15
	EXPECT_KEY(0x2d78)
	EXPECT_KEY(0x2e63)
	EXPECT_NONE
	endtest

	test pause_holds_until_a_key
	movb $0x1c, %al
	movw $key_later, %bx
	call hook
	movl %edx, old
	movw 0x46c, %di
	movw $5, calls
	keys 0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5
	movw $2, %ax
	call wait_ticks
	movw 0x46c, %ax
	subw %di, %ax
	CHECK_AE(%ax, $4)
	testb $0x08, 0x418
	CHECK_Z
	EXPECT_NONE                     /* the key that ended it is gone */
	movl old, %edx
	movb $0x1c, %al
	call unhook
	endtest

	jmp finish

	/* Codes at SI up to a zero, each when the one before has been taken. */
send_keys:
	lodsb
	testb %al, %al
	jz 1f
	call send_key
	jmp send_keys
1:	ret

send_key:
	pushw %cx
	movb %al, %ah
1:	inb $0x64, %al
	testb $0x03, %al
	jnz 1b
	movb $0xd2, %al
	outb %al, $0x64
2:	inb $0x64, %al
	testb $0x02, %al
	jnz 2b
	movb %ah, %al
	outb %al, $0x60
	movw $1000, %cx                 /* INT 09h comes and takes it */
3:	inb $0x64, %al
	loop 3b
	popw %cx
	ret

	/* Time for the LEDs' conversation. */
settle:
	movw $2, %ax
	jmp wait_ticks

	/* AX = key, or FFFFh for none. */
get_key:
	movb $0x11, %ah
	int $0x16
	jz 1f
	movb $0x10, %ah
	int $0x16
	ret
1:	movw $0xffff, %ax
	ret

get_old_key:
	movb $0x01, %ah
	int $0x16
	jz 1b
	movb $0x00, %ah
	int $0x16
	ret

drain:
	call get_key
	cmpw $0xffff, %ax
	jne drain
	ret

	/* INT 1Ch: after some ticks an s. */
key_later:
	pushw %ax
	pushw %ds
	xorw %ax, %ax
	movw %ax, %ds
	cmpw $0, calls
	je 1f
	decw calls
	jnz 1f
	movb $0xd2, %al
	outb %al, $0x64
2:	inb $0x64, %al
	testb $0x02, %al
	jnz 2b
	movb $0x1f, %al
	outb %al, $0x60
1:	popw %ds
	popw %ax
	iretw

count:
	incw %cs:calls
	iretw

hook_15:
	movb $0x15, %al
	movw $my_15, %bx
	call hook
	movl %edx, old
	ret

unhook_15:
	movl old, %edx
	movb $0x15, %al
	jmp unhook

my_15:
	cmpb $0x85, %ah
	je 1f
	cmpb $0x4f, %ah
	je 2f
	ljmp *%cs:old
1:	shlw $8, %cs:sysrq
	movb %ah, %cs:sysrq
	iretw
2:	pushw %bp
	movw %sp, %bp
	orw $1, 6(%bp)
	cmpb $0x30, %al
	jne 3f
	movb $0x2d, %al
3:	cmpb $0x31, %al
	jne 4f
	andw $0xfffe, 6(%bp)
4:	popw %bp
	iretw

	.balign 4
old:
	.long 0
calls:
	.word 0
sysrq:
	.word 0
	.org 512 * (SECTORS + 1)
