internal import CLinux
internal import Glibc

/// What the host says of itself and of this process.
package enum Host {
    /// The kernel's name and release, as uname(2) tells them.
    package struct Kernel: Hashable, Sendable {
        /// `6.18.44-amd64`.
        package var release: String
        /// `#1 SMP ...`.
        package var version: String
        /// `x86_64`.
        package var machine: String
        package var hostName: String
    }

    package static func kernel() throws(KernelError) -> Kernel {
        var found = utsname()
        _ = try checked("uname") { unsafe uname(&found) }
        return Kernel(
            release: text(&found.release), version: text(&found.version),
            machine: text(&found.machine), hostName: text(&found.nodename))
    }

    /// A C array of characters up to its NUL.
    private static func text<Characters>(_ characters: inout Characters) -> String {
        unsafe withUnsafeBytes(of: &characters) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    /// Real and effective user and group of this process.
    package static var uid: UInt32 { getuid() }
    package static var effectiveUid: UInt32 { geteuid() }
    package static var gid: UInt32 { getgid() }
    package static var effectiveGid: UInt32 { getegid() }
    package static var processId: Int32 { getpid() }

    /// What is wrong with this host's `/proc`, in words; nil if it is there and knows this process.
    package static var procFault: String? {
        do throws(KernelError) {
            // The kernel answers by the number that this process has in the pid namespace of that /proc.
            let own = try Descriptor.workingDirectory.readLink("/proc/self")
            guard own == Array(String(processId).utf8) else {
                return "what is mounted on /proc belongs to another PID namespace"
            }
            return nil
        } catch  where error.isNotFound {
            return "no proc file system with this process in it is mounted on /proc"
        } catch {
            return "\(error)"
        }
    }

    /// CPUs that are online.
    package static var cpus: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// A variable of the environment; nil if it is not set. Not for use beside code that changes the environment.
    package static func environment(_ name: String) -> String? {
        environmentBytes(name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The same, byte for byte: a value need not be text.
    package static func environmentBytes(_ name: String) -> [UInt8]? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe Array(UnsafeRawBufferPointer(start: value, count: strlen(value)))
    }

    /// The whole environment, `NAME=value` each; the first of two equal names counts.
    package static func environment() -> [String: String] {
        var found: [String: String] = [:]
        var next = unsafe Glibc.environ
        while let line = unsafe next.pointee {
            let text = unsafe String(cString: line)
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, found[String(parts[0])] == nil { found[String(parts[0])] = String(parts[1]) }
            unsafe next += 1
        }
        return found
    }

    /// Whether these lines are the whole environment of this process, in this order.
    package static func environmentIs(_ lines: [String]) -> Bool {
        var next = unsafe Glibc.environ
        for line in lines {
            guard let found = unsafe next.pointee, unsafe strcmp(found, line) == 0 else { return false }
            unsafe next += 1
        }
        return unsafe next.pointee == nil
    }

    /// Ids and home of an account in `/etc/passwd`; nil if there is none of that name. Read from the file, because
    /// getpwnam(3) loads shared libraries, which a static program does not have.
    package static func account(named name: String) throws(KernelError) -> PasswdEntry? {
        let file = try Descriptor.workingDirectory.open("/etc/passwd", .followingLinks)
        let lines = String(decoding: try file.readAll(limit: 1 << 24), as: UTF8.self).split(separator: "\n")
        for line in lines {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count == 7, fields[0] == name, let uid = UInt32(fields[2]), let gid = UInt32(fields[3])
            else { continue }
            return PasswdEntry(uid: uid, gid: gid, home: String(fields[5]))
        }
        return nil
    }

    package struct PasswdEntry: Hashable, Sendable {
        package var uid: UInt32
        package var gid: UInt32
        package var home: String
    }

    /// Nanoseconds on a clock that only runs forward, from an arbitrary start.
    package static func monotonicNanoseconds() -> UInt64 { nanoseconds(CLOCK_MONOTONIC) }
    /// Nanoseconds since 1970.
    package static func realNanoseconds() -> UInt64 { nanoseconds(CLOCK_REALTIME) }
    /// Nanoseconds since 1970, at the last tick, as file systems take their times.
    package static func coarseNanoseconds() -> Int64 { Int64(nanoseconds(CLOCK_REALTIME_COARSE)) }
    /// Seconds since 1970.
    package static func realSeconds() -> UInt64 { realNanoseconds() / 1_000_000_000 }

    private static func nanoseconds(_ clock: clockid_t) -> UInt64 {
        var now = timespec()
        // Fails only for a clock that does not exist, and both of these always do.
        _ = unsafe clock_gettime(clock, &now)
        return UInt64(clamping: now.tv_sec) * 1_000_000_000 + UInt64(clamping: now.tv_nsec)
    }
}

extension Host {
    /// Of the processor times in /proc (sysconf(_SC_CLK_TCK)).
    package static var ticksPerSecond: UInt64 { UInt64(clamping: sysconf(Int32(_SC_CLK_TCK))) }

    /// The processor time that the processes of a group have used, with the children that they waited for; 0 where /proc does
    /// not tell.
    package static func ticks(ofGroup group: Int32) -> UInt64 {
        guard let folder = try? Descriptor.workingDirectory.open("/proc", .directory),
            let entries = try? folder.entries()
        else { return 0 }
        return entries.reduce(0) { sum, entry in
            guard entry.name.first.map({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) == true,
                let file = try? folder.open(entry.name + Array("/stat".utf8)),
                let text = try? file.readAll(limit: 4096), let end = text.lastIndex(of: UInt8(ascii: ")"))
            else { return sum }
            // proc_pid_stat(5): after the name the state (3), the group (5), and four times (14 to 17).
            let fields = text[(end + 1)...].split(separator: UInt8(ascii: " ")).map {
                String(decoding: $0, as: UTF8.self)
            }
            guard fields.count > 14, fields[2] == "\(group)" else { return sum }
            return sum + fields[11...14].compactMap { UInt64($0) }.reduce(0, +)
        }
    }
}
