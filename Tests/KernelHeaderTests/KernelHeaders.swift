import BelljarKernel
import Testing

/// What the kernel's own headers on this machine (linux-libc-dev) have for a name, as a C compiler understands both.
///
/// No number is read out of a header's text: the compiler does that, so names of macros, of constants of an `enum`, sizes and
/// places of members are all asked for alike.
enum KernelHeaders {
    /// Something that C has a number for: `O_CREAT`, `sizeof(struct stat)`.
    struct Name: Hashable, ExpressibleByStringLiteral {
        let text: String
        /// The kernel that brought it, as `KERNEL_VERSION` takes it; nil if that was before belljar's baseline, so that every header has
        /// to know it.
        let version: String?

        init(stringLiteral text: String) { self.init(text) }

        init(_ text: String, since version: String? = nil) {
            self.text = text
            self.version = version
        }

        /// Of one that the baseline's headers do not have.
        static func since(_ version: String, _ text: String) -> Name { Name(text, since: version) }

        static func place(_ member: String, in structure: String) -> Name {
            Name("__builtin_offsetof(struct \(structure), \(member))")
        }

        static func size(_ structure: String) -> Name { Name("sizeof(struct \(structure))") }
    }

    /// A number that stands in belljar's text, and what the kernel calls it.
    struct Claim {
        let name: Name
        let number: UInt64

        /// A number below zero is one of 64 bits.
        init(_ name: Name, _ number: some BinaryInteger) {
            self.name = name
            self.number = UInt64(truncatingIfNeeded: number)
        }
    }

    /// What the compiler did not understand.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static let compiler = "/usr/bin/cc"
    static let areThere =
        (try? Descriptor.workingDirectory.open(compiler, [.pathOnly, .followingLinks])) != nil
        && (try? Descriptor.workingDirectory.open("/usr/include/linux/version.h", .pathOnly)) != nil
    static let reason: Comment = "needs a C compiler and the kernel's headers (apt-get install gcc linux-libc-dev)"

    /// All that the kernel says to programs and belljar has numbers of.
    static let kernel = [
        // First, because some of the others bring the C library's mark along, and then this one says less.
        "linux/stat.h",
        "asm/errno.h", "asm/ioctls.h", "asm/mman.h", "asm/prctl.h", "asm/resource.h", "asm/signal.h", "asm/socket.h",
        "asm/stat.h", "asm/statfs.h", "asm/unistd.h", "linux/audit.h", "linux/auxvec.h", "linux/binfmts.h",
        "linux/capability.h", "linux/elf-em.h", "linux/elf.h", "linux/eventpoll.h", "linux/falloc.h", "linux/fcntl.h",
        "linux/fiemap.h", "linux/filter.h", "linux/fs.h", "linux/futex.h", "linux/in.h", "linux/in6.h",
        "linux/ioprio.h", "linux/landlock.h", "linux/limits.h", "linux/magic.h", "linux/membarrier.h", "linux/memfd.h",
        "linux/msg.h", "linux/netlink.h", "linux/nsfs.h", "linux/personality.h", "linux/pidfd.h", "linux/prctl.h",
        "linux/random.h", "linux/resource.h", "linux/sched.h", "linux/seccomp.h", "linux/sem.h", "linux/shm.h",
        "linux/sockios.h", "linux/sysinfo.h", "linux/tcp.h", "linux/time.h", "linux/timerfd.h", "linux/times.h",
        "linux/utsname.h",
    ]
    /// What stands in the C library's headers only, because the kernel's own keep it to itself.
    static let library = ["sys/socket.h", "sys/stat.h"]

    /// What is wrong with some claims; those that this machine's headers are too old for are printed.
    static func findings(_ claims: [Claim], _ headers: [String] = kernel) throws -> [String] {
        let found = try numbers(of: claims.map(\.name), headers)
        return claims.compactMap { claim in
            guard let number = found[claim.name], number != claim.number else { return nil }
            return "\(claim.name.text) is \(number) to the kernel, and \(claim.number) here"
        }
    }

    /// The numbers of names.
    ///
    /// - Returns: without those that these headers are too old for, each of which is printed.
    static func numbers(of names: [Name], _ headers: [String] = kernel) throws -> [Name: UInt64] {
        let lines = try output(of: program(names, headers)).split(separator: "\n").map(String.init)
        guard lines.count == names.count else { throw Failure(description: "\(lines.count) of \(names.count) answers") }
        var found: [Name: UInt64] = [:]
        for (name, line) in zip(names, lines) {
            if line == "-" {
                print("skipped: \(name.text) is of kernel \(name.version ?? ""), and this machine's headers are older")
            } else {
                found[name] = UInt64(line)
            }
        }
        return found
    }

    /// A program that says the numbers, a line for each. It declares by itself what it calls, because the C library's headers and the
    /// kernel's are not to be read together.
    private static func program(_ names: [Name], _ headers: [String]) -> String {
        var lines = (["linux/version.h"] + headers).map { "#include <\($0)>" }
        lines += ["int printf(const char *, ...);", "int main(void) {"]
        for name in names {
            let answer = "printf(\"%llu\\n\", (unsigned long long)(long long)(\(name.text)));"
            guard let version = name.version else {
                lines.append(answer)
                continue
            }
            let number = version.split(separator: ".").joined(separator: ", ")
            // A distribution may have brought it to older headers.
            let isWord = name.text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
            lines += [
                "#if LINUX_VERSION_CODE >= KERNEL_VERSION(\(number), 0)" + (isWord ? " || defined \(name.text)" : ""),
                answer, "#else", "printf(\"-\\n\");", "#endif",
            ]
        }
        return (lines + ["return 0; }", ""]).joined(separator: "\n")
    }

    private static func output(of text: String) throws -> String {
        let folder = (Host.environment("TMPDIR") ?? "/tmp") + "/belljar-headers-\(UInt64.random(in: 0 ... .max))"
        let parent = try Descriptor.makeDirectories(folder)
        defer {
            for name in ["numbers", "numbers.c"] { try? parent.unlink(name) }
            try? Descriptor.workingDirectory.removeDirectory(folder)
        }
        try parent.open("numbers.c", [.write, .create, .exclusive]).writeAll(Array(text.utf8))
        let (compiled, complaint) = try run(
            compiler, ["cc", "-O0", "-w", "-o", folder + "/numbers", folder + "/numbers.c"])
        guard compiled else { throw Failure(description: complaint) }
        let (ran, answer) = try run(folder + "/numbers", ["numbers"])
        guard ran else { throw Failure(description: "the compiled program failed") }
        return answer
    }

    /// - Returns: whether it succeeded, and all that it said.
    private static func run(_ path: String, _ argv: [String]) throws -> (Bool, String) {
        let pipe = try Pipe()
        var child = try ChildProcess.spawn(
            path, argv: argv, environment: ["PATH": "/usr/bin:/bin"],
            descriptors: [(pipe.writer.number, 1), (pipe.writer.number, 2)])
        let text = String(decoding: try pipe.closingWriter().readAll(limit: 1 << 20), as: UTF8.self)
        return (try child.wait().exit == .status(0), text)
    }
}
