# A clock that is ten years fast, for a static program: `clock_gettime` for the host's, and what `syscall` goes on with for the times
# that the kernel gave to files. skew.py puts both in the place of the C library's clock_gettime.
ten_years = 315532800
# Times before are not the kernel's: somebody set them.
today = TODAY
        .globl clock_begins, files_begin
clock_begins:
        mov     $228, %eax
        syscall
        test    %eax, %eax
        jne     1f
        # CLOCK_REALTIME and CLOCK_REALTIME_COARSE
        test    %edi, %edi
        je      0f
        cmp     $5, %edi
        jne     1f
0:      addq    $ten_years, (%rsi)
1:      ret

files_begin:
        push    %rax
        syscall
        pop     %rcx
        # statx: four times, 16 bytes each, at 64.
        cmp     $332, %ecx
        jne     3f
        test    %eax, %eax
        jne     3f
        lea     64(%r8), %rcx
        push    $4
        pop     %rdx
1:      cmpq    $today, (%rcx)
        jl      2f
        addq    $ten_years, (%rcx)
2:      add     $16, %rcx
        dec     %edx
        jne     1b
        # As `syscall` goes on. A jump back to it follows.
3:      cmp     $-4095, %rax
