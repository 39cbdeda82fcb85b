package import BelljarKernel
package import BelljarModel

/// A Debian binary package: an ar archive of `debian-binary`, `control.tar*` and `data.tar*`, in this order (deb(5)).
///
/// Not for use from several threads at once.
package final class DebReader {
    /// The members of the control archive by name (`control`, `conffiles`, `postinst`, ...). Its links and
    /// directories, which no package needs, are left out.
    package let control: [String: [UInt8]]

    private let package: ArchiveReader
    private let limits: ArchiveLimits
    private var dataIsTaken = false

    /// Bytes in all control members together; the largest in Debian 12 have about 2 MB of md5sums and templates.
    private static let controlLimit = 32 << 20

    /// Reads the control members.
    ///
    /// - Parameter name: what the package is called in messages.
    /// - Throws: `integrity` for anything that is not a Debian package of format 2.
    package init(
        _ descriptor: consuming Descriptor, name: String, limits: ArchiveLimits = ArchiveLimits(),
        opener: ArchiveOpener
    ) throws(BelljarError) {
        package = try ArchiveReader(package: descriptor, name: name, limits: limits, opener: opener)
        self.limits = limits
        guard let first = try package.next(), first.path.components == ["debian-binary"] else {
            throw package.refuse("it is not a Debian package: debian-binary is not its first member")
        }
        // Minor numbers may grow without breaking readers; major ones may not (deb(5)).
        guard try package.content(limit: 64).starts(with: Array("2.".utf8)) else {
            throw package.refuse("it is not a Debian package of format 2")
        }
        control = try Self.control(of: try Self.member("control.tar", of: package, limits: limits), package)
    }

    /// The archive of what the package installs; can be had once.
    package func data() throws(BelljarError) -> ArchiveReader {
        guard !dataIsTaken else {
            throw BelljarError(
                .internal, operation: "unpack archive", subject: package.name, answer: "its data was already read")
        }
        dataIsTaken = true
        return try Self.member("data.tar", of: package, limits: limits)
    }

    /// The next member, which has to be `name` with or without the suffix of a compression.
    private static func member(
        _ name: String, of package: ArchiveReader, limits: ArchiveLimits
    ) throws(BelljarError) -> ArchiveReader {
        while let entry = try package.next() {
            let found = entry.path.description
            // Members that begin with an underscore may stand between the others and are not looked at (deb(5)).
            if found.hasPrefix("_") { continue }
            guard found == name || found.hasPrefix(name + ".") else {
                throw package.refuse("member \(quoted(found)) is where \(name) should be")
            }
            return try ArchiveReader(
                memberOf: package, name: "\(package.name) (\(found))", limits: limits)
        }
        throw package.refuse("it has no \(name)")
    }

    private static func control(
        of reader: ArchiveReader, _ package: ArchiveReader
    ) throws(BelljarError) -> [String: [UInt8]] {
        var members: [String: [UInt8]] = [:]
        var remaining = controlLimit
        while let entry = try reader.next() {
            guard entry.kind == .file, let name = entry.path.components.last else { continue }
            guard entry.path.components.count == 1, members[name] == nil else {
                throw reader.refuse("entry \(quoted(entry.path.description)) is in a folder or there twice")
            }
            let content = try reader.content(limit: remaining)
            remaining -= content.count
            members[name] = content
        }
        guard members["control"] != nil else { throw package.refuse("it has no control file") }
        return members
    }
}
