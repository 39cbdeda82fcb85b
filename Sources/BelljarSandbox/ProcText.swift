internal import BelljarControls

/// Text of files in `/proc`, in the forms that kernel 6.1 gives them.
enum ProcText {
    /// `/proc/version`.
    static let version = """
        \(Machine.systemName) version \(Machine.kernelRelease) (\(Machine.hostName)@\(Machine.domainName)) \
        (gcc, ld) \(Machine.kernelVersion)

        """

    /// `/proc/loadavg`: an idle machine on which one of its processes runs.
    static let load = "0.00 0.00 0.00 1/\(Machine.processes) \(Machine.processes)\n"

    /// `/proc/uptime`.
    static let uptime = "\(Machine.uptimeSeconds).00 \(Machine.uptimeSeconds).00\n"

    /// `/proc/meminfo`: what is not free belongs to the kernel; nothing is cached.
    static let memory: String = {
        let total = Machine.memoryBytes / 1024
        let free = Machine.freeMemoryBytes / 1024
        let lines: KeyValuePairs<String, UInt64> = [
            "MemTotal": total, "MemFree": free, "MemAvailable": free, "Buffers": 0, "Cached": 0, "SwapCached": 0,
            "Active": 0, "Inactive": 0, "Active(anon)": 0, "Inactive(anon)": 0, "Active(file)": 0,
            "Inactive(file)": 0, "Unevictable": 0, "Mlocked": 0, "SwapTotal": 0, "SwapFree": 0, "Dirty": 0,
            "Writeback": 0, "AnonPages": 0, "Mapped": 0, "Shmem": 0, "KReclaimable": 0, "Slab": total - free,
            "SReclaimable": 0, "SUnreclaim": total - free, "KernelStack": 0, "PageTables": 0, "NFS_Unstable": 0,
            "Bounce": 0, "WritebackTmp": 0, "CommitLimit": total / 2, "Committed_AS": 0,
            "VmallocTotal": 34_359_738_367, "VmallocUsed": 0, "VmallocChunk": 0, "Percpu": 0,
        ]
        return lines.map { name, kibibytes in
            let label = name + ":"
            return label.padded(to: 16) + String(kibibytes).leftPadded(to: 8) + " kB\n"
        }.joined()
    }()

    /// `/proc/stat`: processors that were idle since the machine began.
    ///
    /// - Parameter epoch: what the clock shows, in seconds since 1970.
    static func statistics(cpus: UInt32, epoch: UInt64) -> String {
        let idle = Machine.uptimeSeconds * Machine.ticksPerSecond
        // user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice
        let times = { (idle: UInt64) in "0 0 0 \(idle) 0 0 0 0 0 0\n" }
        var text = "cpu  " + times(idle * UInt64(cpus))
        for index in 0..<cpus { text += "cpu\(index) " + times(idle) }
        let begin = epoch - min(epoch, Machine.uptimeSeconds)
        text += "intr 0\nctxt 0\nbtime \(begin)\nprocesses \(Machine.processes)\nprocs_running 1\nprocs_blocked 0\n"
        return text + "softirq 0 0 0 0 0 0 0 0 0 0 0\n"
    }

    /// What every processor of the level x86-64-v2 can do, as the kernel names it (arch/x86/include/asm/cpufeatures.h):
    /// the level that `GLIBC_TUNABLES` holds the C library to.
    static let processorFeatures = """
        fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr sse sse2 syscall nx lm \
        constant_tsc rep_good nopl cpuid pni ssse3 cx16 sse4_1 sse4_2 popcnt lahf_lm
        """

    /// `/proc/cpuinfo`.
    static func processors(_ cpus: UInt32) -> String {
        (0..<cpus).map { index in
            """
            processor\t: \(index)
            vendor_id\t: belljar
            cpu family\t: 6
            model\t\t: 0
            model name\t: x86-64-v2
            stepping\t: 0
            cpu MHz\t\t: 1000.000
            cache size\t: 1024 KB
            physical id\t: 0
            siblings\t: \(cpus)
            core id\t\t: \(index)
            cpu cores\t: \(cpus)
            apicid\t\t: \(index)
            initial apicid\t: \(index)
            fpu\t\t: yes
            fpu_exception\t: yes
            cpuid level\t: 7
            wp\t\t: yes
            flags\t\t: \(processorFeatures)
            bugs\t\t:
            bogomips\t: 2000.00
            clflush size\t: 64
            cache_alignment\t: 64
            address sizes\t: 48 bits physical, 48 bits virtual
            power management:


            """
        }.joined()
    }
}

extension String {
    fileprivate func padded(to count: Int) -> String {
        self + String(repeating: " ", count: max(0, count - utf8.count))
    }
    fileprivate func leftPadded(to count: Int) -> String {
        String(repeating: " ", count: max(0, count - utf8.count)) + self
    }
}
