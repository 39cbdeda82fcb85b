import BelljarControls
import Testing

@testable import BelljarInit
@testable import BelljarKernel
@testable import BelljarSupervisor

/// Structures that are written into a program's memory, or read out of it, byte by byte. One that is shifted by a member is a
/// well-formed answer that says something else.
@Suite(.enabled(if: KernelHeaders.areThere, KernelHeaders.reason)) struct LayoutTests {
    private typealias Name = KernelHeaders.Name

    /// A number whose bytes are all different, so that it is found in one place only.
    private static let mark: UInt64 = 0x1122_3344_5566_7788

    private func number(_ bytes: [UInt8], at place: UInt64, size: Int) -> UInt64 {
        (0..<size).reversed().reduce(0) { $0 << 8 | UInt64(bytes[Int(place) + $1]) }
    }

    /// Where a value of so many bytes is, which has to be one place.
    private func places(of value: UInt64, size: Int, in bytes: [UInt8]) -> [Int] {
        (0...bytes.count - size).filter { number(bytes, at: UInt64($0), size: size) == value }
    }

    // MARK: Files

    /// Every member of a file's facts, set alone, is where the kernel's headers have it.
    private static let members: [(name: String, size: Int, set: @Sendable (inout FileFacts) -> Void)] = [
        ("stx_mask", 4, { $0.mask = 0x5566_7788 }), ("stx_blksize", 4, { $0.blockSize = 0x5566_7788 }),
        ("stx_attributes", 8, { $0.attributes = mark }), ("stx_nlink", 4, { $0.links = 0x5566_7788 }),
        ("stx_uid", 4, { $0.uid = 0x5566_7788 }), ("stx_gid", 4, { $0.gid = 0x5566_7788 }),
        ("stx_mode", 2, { $0.mode = 0x7788 }), ("stx_ino", 8, { $0.inode = mark }),
        ("stx_size", 8, { $0.size = mark }), ("stx_blocks", 8, { $0.blocks = mark }),
        ("stx_attributes_mask", 8, { $0.attributesMask = mark }),
        ("stx_atime.tv_sec", 8, { $0.accessed.seconds = Int64(mark) }),
        ("stx_atime.tv_nsec", 4, { $0.accessed.nanoseconds = 0x5566_7788 }),
        ("stx_btime.tv_sec", 8, { $0.born.seconds = Int64(mark) }),
        ("stx_ctime.tv_sec", 8, { $0.changed.seconds = Int64(mark) }),
        ("stx_mtime.tv_sec", 8, { $0.modified.seconds = Int64(mark) }),
        ("stx_mtime.tv_nsec", 4, { $0.modified.nanoseconds = 0x5566_7788 }),
        ("stx_rdev_major", 4, { $0.node = 0x5566_7788 << 32 }), ("stx_rdev_minor", 4, { $0.node = 0x5566_7788 }),
        ("stx_dev_major", 4, { $0.device = 0x5566_7788 << 32 }), ("stx_dev_minor", 4, { $0.device = 0x5566_7788 }),
        ("stx_mnt_id", 8, { $0.mount = mark }),
    ]

    @Test func factsOfAFileAreTheKernelsStructure() throws {
        let numbers = try KernelHeaders.numbers(
            of: Self.members.map { .place($0.name, in: "statx") } + [.size("statx")])
        #expect(numbers[.size("statx")] == UInt64(MemoryLayout<FileFacts>.size))
        for member in Self.members {
            var facts = FileFacts()
            member.set(&facts)
            let bytes = unsafe withUnsafeBytes(of: facts) { Array($0) }
            let value = member.size == 8 ? Self.mark : Self.mark & (1 << UInt64(8 * member.size) - 1)
            let place = Int(try #require(numbers[.place(member.name, in: "statx")]))
            #expect(places(of: value, size: member.size, in: bytes) == [place], "\(member.name)")
        }
    }

    /// The older answer, made from the same facts.
    @Test func theOlderAnswerIsTheKernelsStructure() throws {
        let members: [(name: String, size: Int, set: (inout FileFacts) -> Void)] = [
            ("st_ino", 8, { $0.inode = Self.mark }), ("st_nlink", 8, { $0.links = 0x5566_7788 }),
            ("st_mode", 4, { $0.mode = 0x7788 }), ("st_uid", 4, { $0.uid = 0x5566_7788 }),
            ("st_gid", 4, { $0.gid = 0x5566_7788 }), ("st_size", 8, { $0.size = Self.mark }),
            ("st_blksize", 8, { $0.blockSize = 0x5566_7788 }), ("st_blocks", 8, { $0.blocks = Self.mark }),
            ("st_atime", 8, { $0.accessed.seconds = Int64(Self.mark) }),
            ("st_atime_nsec", 8, { $0.accessed.nanoseconds = 0x5566_7788 }),
            ("st_mtime", 8, { $0.modified.seconds = Int64(Self.mark) }),
            ("st_mtime_nsec", 8, { $0.modified.nanoseconds = 0x5566_7788 }),
            ("st_ctime", 8, { $0.changed.seconds = Int64(Self.mark) }),
            ("st_ctime_nsec", 8, { $0.changed.nanoseconds = 0x5566_7788 }),
            ("st_dev", 8, { $0.device = 7 << 32 | 0x12345 }), ("st_rdev", 8, { $0.node = 7 << 32 | 0x12345 }),
        ]
        let numbers = try KernelHeaders.numbers(of: members.map { .place($0.name, in: "stat") } + [.size("stat")])
        #expect(numbers[.size("stat")] == UInt64(MemoryLayout<StatusStructure>.size))
        let blank = unsafe withUnsafeBytes(of: StatusStructure(FileFacts())) { Array($0) }
        #expect(blank.allSatisfy { $0 == 0 })
        for member in members {
            var facts = FileFacts()
            member.set(&facts)
            let bytes = unsafe withUnsafeBytes(of: StatusStructure(facts)) { Array($0) }
            let place = try #require(numbers[.place(member.name, in: "stat")])
            let found = number(bytes, at: place, size: member.size)
            // Major number 7 and minor number 0x12345, as one word.
            let wanted: Set<UInt64> = [Self.mark, 0x5566_7788, 0x7788, 0x1230_0745]
            #expect(wanted.contains(found), "\(member.name) is \(found)")
            // Nothing else is touched.
            var rest = bytes
            rest.replaceSubrange(Int(place)..<Int(place) + member.size, with: [UInt8](repeating: 0, count: member.size))
            #expect(rest == blank, "\(member.name)")
        }
    }

    @Test func spaceIsTheKernelsStructure() throws {
        let members = [
            "f_type", "f_bsize", "f_blocks", "f_bfree", "f_bavail", "f_files", "f_ffree", "f_fsid", "f_namelen",
            "f_frsize",
            "f_flags",
        ]
        let numbers = try KernelHeaders.numbers(of: members.map { .place($0, in: "statfs") } + [.size("statfs")])
        let size = FileSystemFacts.size
        #expect(numbers[.size("statfs")] == UInt64(size))
        var bytes = [UInt8](repeating: 0xee, count: size)
        unsafe bytes.withUnsafeMutableBytes { unsafe FileSystemSpace.fix($0) }
        func value(_ member: String) throws -> UInt64 {
            number(bytes, at: try #require(numbers[.place(member, in: "statfs")]), size: 8)
        }
        let untouched: UInt64 = 0xeeee_eeee_eeee_eeee
        #expect(
            try members.map(value) == [
                untouched, Machine.blockSize, Machine.blocks, Machine.freeBlocks, Machine.freeBlocks, Machine.inodes,
                Machine.freeInodes, 0, untouched, Machine.blockSize, untouched,
            ])
    }

    // MARK: The machine

    @Test func theMachineIsTheKernelsStructures() throws {
        let names: [Name] = [
            .place("uptime", in: "sysinfo"), .place("totalram", in: "sysinfo"), .place("freeram", in: "sysinfo"),
            .place("procs", in: "sysinfo"), .place("mem_unit", in: "sysinfo"), .size("sysinfo"),
            .place("sysname", in: "new_utsname"), .place("nodename", in: "new_utsname"),
            .place("release", in: "new_utsname"), .place("version", in: "new_utsname"),
            .place("machine", in: "new_utsname"), .place("domainname", in: "new_utsname"), .size("new_utsname"),
        ]
        let numbers = try KernelHeaders.numbers(of: names).mapValues { Int($0) }
        let at = names.compactMap { numbers[$0] }
        try #require(at.count == names.count)
        var bytes = [UInt8](repeating: 0xee, count: 512)
        let size = unsafe bytes.withUnsafeMutableBytes {
            unsafe SystemInformation.encode(uptimeSeconds: Self.mark, into: $0)
        }
        #expect(size == at[5])
        func value(_ place: Int, _ size: Int) -> UInt64 { number(bytes, at: UInt64(place), size: size) }
        #expect(value(at[0], 8) == Self.mark)
        #expect(value(at[1], 8) * value(at[4], 4) == Machine.memoryBytes)
        #expect(value(at[2], 8) * value(at[4], 4) == Machine.freeMemoryBytes)
        #expect(value(at[3], 2) == UInt64(Machine.processes))

        let count = unsafe bytes.withUnsafeMutableBytes { unsafe SystemNames(personality: 0).encode(into: $0) }
        #expect(count == at[12])
        let texts = [
            Machine.systemName, Machine.hostName, Machine.kernelRelease, Machine.kernelVersion, Machine.architecture,
            Machine.domainName,
        ]
        for (place, text) in zip(at[6..<12], texts) {
            #expect(String(decoding: bytes[place...].prefix { $0 != 0 }, as: UTF8.self) == text)
        }
    }

    /// What the kernel fills in, and where the times in it are that are not the host's to tell.
    @Test func systemVObjectsAreTheKernelsStructures() throws {
        let kinds: [(kind: SystemVStatus, name: String, times: [String])] = [
            (.sharedMemory, "shmid64_ds", ["shm_atime", "shm_dtime", "shm_ctime"]),
            (.queue, "msqid64_ds", ["msg_stime", "msg_rtime", "msg_ctime"]),
            (.semaphores, "semid64_ds", ["sem_otime", "sem_ctime"]),
        ]
        for (kind, name, times) in kinds {
            let claims = zip(times, kind.times).map { KernelHeaders.Claim(.place($0, in: name), $1) }
            #expect(claims.count == kind.times.count)
            #expect(try KernelHeaders.findings(claims + [.init(.size(name), kind.size)]) == [])
            #expect(kind.size <= SystemVStatus.maximumSize)
        }
    }

    @Test func ticksOfAProcessAreTheKernelsStructure() throws {
        let text = Array("1 (x) S 2 3 4 5 6 7 8 9 10 11 101 102 103 104 1 2\n".utf8)
        let times = try #require(unsafe text.withUnsafeBytes { unsafe ProcessTimes($0) })
        let bytes = unsafe withUnsafeBytes(of: times) { Array($0) }
        let members = ["tms_utime", "tms_stime", "tms_cutime", "tms_cstime"]
        let numbers = try KernelHeaders.numbers(of: members.map { .place($0, in: "tms") } + [.size("tms")])
        #expect(numbers[.size("tms")] == UInt64(bytes.count))
        for (member, value) in zip(members, 101...) {
            #expect(number(bytes, at: try #require(numbers[.place(member, in: "tms")]), size: 8) == UInt64(value))
        }
    }

    // MARK: Programs

    @Test func theVectorOfAProgramIsTheKernels() throws {
        typealias Kind = AuxiliaryVector.Kind
        #expect(
            try KernelHeaders.findings([
                .init("AT_NULL", Kind.end), .init("AT_IGNORE", Kind.ignore), .init("AT_PHDR", Kind.programHeaders),
                .init("AT_BASE", Kind.interpreter), .init("AT_RANDOM", Kind.random),
                .init("AT_HWCAP", Kind.capabilities), .init("AT_HWCAP2", Kind.moreCapabilities),
                .init(.since("6.3", "AT_RSEQ_FEATURE_SIZE"), Kind.sequences.lowerBound),
                .init(.since("6.3", "AT_RSEQ_ALIGN"), Kind.sequences.upperBound),
                .init("AT_MINSIGSTKSZ", Kind.signalStack), .init("AT_EXECFN", Kind.programName),
                .init("AT_SYSINFO_EHDR", Kind.sharedObject),
            ]) == [])
        // The pairs by which one is found on a stack.
        let numbers = try KernelHeaders.numbers(of: ["AT_PAGESZ", "AT_CLKTCK"])
        let (page, ticks) = (try #require(numbers["AT_PAGESZ"]), try #require(numbers["AT_CLKTCK"]))
        func find(_ words: [UInt64]) -> AuxiliaryVector? {
            let bytes = words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
            return unsafe bytes.withUnsafeBytes { unsafe AuxiliaryVector(within: $0) }
        }
        #expect(find([0, 33, 5, page, 4096, ticks, 100, 25, 77, 0, 0])?[Kind.sharedObject] == 5)
        #expect(find([0, 33, 5, page + 1, 4096, ticks, 100, 25, 77, 0, 0]) == nil)
    }

    /// A program file made from the places in the kernel's structures, read by PID 1 and by what starts a step.
    @Test func programsAreReadAsTheKernelHasThem() throws {
        let names: [Name] = [
            .place("e_machine", in: "elf64_hdr"), .place("e_phoff", in: "elf64_hdr"),
            .place("e_phentsize", in: "elf64_hdr"), .place("e_phnum", in: "elf64_hdr"), .size("elf64_hdr"),
            .place("p_type", in: "elf64_phdr"), .place("p_flags", in: "elf64_phdr"),
            .place("p_offset", in: "elf64_phdr"), .place("p_vaddr", in: "elf64_phdr"),
            .place("p_filesz", in: "elf64_phdr"), .place("p_memsz", in: "elf64_phdr"), .size("elf64_phdr"),
            "EI_CLASS", "ELFCLASS64", "EI_DATA", "ELFDATA2LSB", "EM_X86_64", "PT_LOAD", "PT_INTERP", "PF_W", "PF_R",
        ]
        let numbers = try KernelHeaders.numbers(of: names)
        func of(_ name: Name) throws -> UInt64 { try #require(numbers[name]) }
        var file = [UInt8](repeating: 0, count: 1024)
        func put(_ value: UInt64, at place: UInt64, size: Int) {
            for index in 0..<size { file[Int(place) + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index)) }
        }
        let (table, entry) = (try of(.size("elf64_hdr")), try of(.size("elf64_phdr")))
        file.replaceSubrange(0..<4, with: [0x7f, 0x45, 0x4c, 0x46])
        try put(of("ELFCLASS64"), at: of("EI_CLASS"), size: 1)
        try put(of("ELFDATA2LSB"), at: of("EI_DATA"), size: 1)
        try put(of("EM_X86_64"), at: of(.place("e_machine", in: "elf64_hdr")), size: 2)
        try put(table, at: of(.place("e_phoff", in: "elf64_hdr")), size: 8)
        try put(entry, at: of(.place("e_phentsize", in: "elf64_hdr")), size: 2)
        try put(2, at: of(.place("e_phnum", in: "elf64_hdr")), size: 2)
        let load = table
        try put(of("PT_LOAD"), at: load + of(.place("p_type", in: "elf64_phdr")), size: 4)
        try put(of("PF_W") | of("PF_R"), at: load + of(.place("p_flags", in: "elf64_phdr")), size: 4)
        try put(0x40_1000, at: load + of(.place("p_vaddr", in: "elf64_phdr")), size: 8)
        try put(0x2345, at: load + of(.place("p_memsz", in: "elf64_phdr")), size: 8)
        let interpreter = table + entry
        let path = Array("/lib/ld.so".utf8) + [0]
        try put(of("PT_INTERP"), at: interpreter + of(.place("p_type", in: "elf64_phdr")), size: 4)
        try put(512, at: interpreter + of(.place("p_offset", in: "elf64_phdr")), size: 8)
        try put(UInt64(path.count), at: interpreter + of(.place("p_filesz", in: "elf64_phdr")), size: 8)
        file.replaceSubrange(512..<512 + path.count, with: path)

        let ranges = unsafe file.withUnsafeBytes { unsafe ProgramHeaders($0)?.writable(from: 0x7000_0000) }
        #expect(ranges == [0x7000_0000..<0x7000_2345])
        let memory = try Descriptor.memoryFile("program")
        try memory.writeAll(file)
        #expect(try ProgramHeader(memory, "program") == .program(interpreter: Array("/lib/ld.so".utf8)))
    }
}
