/// What the GNU C Library is told of the processor: that it is one of the level x86-64-v2, as `/proc/cpuinfo` says.
///
/// Without that, it looks itself, and chooses between variants of its functions for the processor at hand. Those of
/// libm with fused multiplication round differently, which changes results; the others show which one was chosen in
/// profiles, in addresses, and in what they read beyond the end of a string.
package enum ProcessorLevel {
    /// Instructions beyond the level that choices depend on (sysdeps/x86_64/multiarch and fpu/multiarch of glibc 2.36;
    /// names from sysdeps/x86/cpu-tunables.c). XSAVE and XSAVEC stay: the dynamic linker needs them to keep the registers
    /// of programs that use wider ones by themselves.
    private static let instructions = [
        "AVX", "AVX2", "AVX512BW", "AVX512CD", "AVX512DQ", "AVX512ER", "AVX512F", "AVX512PF", "AVX512VL", "BMI1",
        "BMI2", "ERMS", "FMA", "FMA4", "LZCNT", "MOVBE", "RTM",
    ]

    /// Preferences that the library derives from the processor's model.
    private static let avoided = [
        "AVX_Fast_Unaligned_Load", "Fast_Copy_Backward", "Fast_Rep_String", "MathVec_Prefer_No_AVX512",
        "Prefer_AVX2_STRCMP", "Prefer_ERMS", "Prefer_FSRM", "Prefer_No_AVX512", "Prefer_No_VZEROUPPER", "Slow_BSF",
        "Slow_SSE4_2",
    ]
    /// The ones that most processors of the level have.
    private static let preferred = ["Fast_Unaligned_Copy", "Fast_Unaligned_Load", "Prefer_PMINUB_for_stringop"]

    /// Value of `GLIBC_TUNABLES`. Releases of the library pass over names that they do not know.
    package static let tunables = tunable + "=" + choices

    /// The name of the one that is set, and its value.
    package static let tunable = "glibc.cpu.hwcaps"
    package static let choices =
        ((instructions + avoided).map { "-" + $0 } + preferred).joined(separator: ",")
}
