/// What the parent tells belljar-init when it is to read an archive instead of running a build: `belljar-init --parse`.
///
/// Travels as the bytes of `encoded()` in a sealed memfd.
package struct ParserPlan: Hashable, Sendable {
    /// The descriptors that the parser is started with; no other is open.
    package enum DescriptorNumber {
        /// The archive, open for reading.
        package static let archive: Int32 = 0
        /// Writing end of a pipe: `ArchiveMessage`s, one after the other.
        package static let messages: Int32 = 1
        /// The sealed memfd with the plan. 2 is `/dev/null`.
        package static let plan: Int32 = 3
    }

    package enum Job: UInt8, Hashable, Sendable, CaseIterable {
        /// Read an archive.
        case archive
        /// Read a Debian package: members that begin with `control.tar` or `data.tar` are read as archives themselves.
        case package
        /// Read nothing; try to get out, and tell what the kernel answered. For tests.
        case trials
        /// Crash in the middle of a message. For tests.
        case crash
    }

    package var job: Job
    /// The unprivileged account to become before anything else; nil if the parser is not started as root.
    package var account: Plan.Account?
    /// Compiled seccomp filter (an array of `struct sock_filter`).
    package var filter: [UInt8]

    /// The largest plan that is read, in bytes: a filter has at most 4096 instructions of 8 bytes.
    package static let maximumSize = 1 << 16

    package init(job: Job, account: Plan.Account?, filter: [UInt8]) {
        self.job = job
        self.account = account
        self.filter = filter
    }

    /// "BJPA" and the version of the format; see `Plan`.
    private static let magic: UInt32 = 0x4150_4a42
    private static let version: UInt32 = 1

    package func encoded() -> [UInt8] {
        var writer = WireWriter()
        writer.write(Self.magic)
        writer.write(Self.version)
        writer.write(job.rawValue)
        writer.write(account != nil)
        if let account {
            writer.write(account.uid)
            writer.write(account.gid)
        }
        writer.write(filter)
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = WireReader(bytes)
        guard try reader.integer(UInt32.self) == Self.magic else { throw reader.failure("not a parser's plan") }
        guard try reader.integer(UInt32.self) == Self.version else { throw reader.failure("plan of another version") }
        guard let job = Job(rawValue: try reader.integer(UInt8.self)) else { throw reader.failure("unknown job") }
        self.job = job
        account =
            try reader.flag()
            ? Plan.Account(uid: try reader.integer(UInt32.self), gid: try reader.integer(UInt32.self)) : nil
        filter = try reader.blob()
        try reader.expectEnd()
    }
}
