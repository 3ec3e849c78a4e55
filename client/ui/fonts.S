// The fonts' files, as data of the program: it looks the same on every machine.
    .section .rodata
    .global tilework_font_regular, tilework_font_regular_end
    .global tilework_font_strong, tilework_font_strong_end
    .hidden tilework_font_regular, tilework_font_regular_end
    .hidden tilework_font_strong, tilework_font_strong_end
    .balign 16
tilework_font_regular:
    .incbin TILEWORK_FONT_REGULAR
tilework_font_regular_end:
    .balign 16
tilework_font_strong:
    .incbin TILEWORK_FONT_STRONG
tilework_font_strong_end:
    .section .note.GNU-stack,"",%progbits
