import BelljarModel
import BelljarStore

/// Debian packages and tar archives made by hand, byte by byte.
struct HandmadePackage {
    /// One entry of a tar archive.
    struct Entry {
        var path: String
        var content: [UInt8] = []
        var mode = 0o644
        /// `0` file, `1` hard link, `2` symbolic link, `3` character device, `5` directory.
        var type = "0"
        var target = ""

        static func file(_ path: String, _ content: String, mode: Int = 0o644) -> Entry {
            Entry(path: path, content: Array(content.utf8), mode: mode)
        }
        static func directory(_ path: String) -> Entry { Entry(path: path, mode: 0o755, type: "5") }
        static func link(_ path: String, to target: String) -> Entry {
            Entry(path: path, mode: 0o777, type: "2", target: target)
        }
        static func hardlink(_ path: String, to target: String) -> Entry {
            Entry(path: path, type: "1", target: target)
        }
        static func device(_ path: String) -> Entry { Entry(path: path, type: "3") }
    }

    var name: String
    var version = "1.0-1"
    var architecture = "amd64"
    /// Further fields of the control file, a line each.
    var fields = ""
    /// Control members other than `control`.
    var control: [String: String] = [:]
    var data: [Entry]

    /// The package file (deb(5)).
    var bytes: [UInt8] {
        let text =
            "Package: \(name)\nVersion: \(version)\nArchitecture: \(architecture)\n\(fields)Description: made by hand\n"
        let members = control.merging(["control": text]) { own, _ in own }.sorted { $0.key < $1.key }
        let controlTar = Self.tar(members.map { .file("./\($0.key)", $0.value, mode: 0o755) })
        return Self.ar([
            ("debian-binary", Array("2.0\n".utf8)), ("control.tar", controlTar), ("data.tar", Self.tar(data)),
        ])
    }

    /// The package as a lock names it.
    var locked: LockedPackage {
        let bytes = bytes
        return LockedPackage(
            name: name, version: version, architecture: architecture, archive: "debian",
            path: "pool/main/h/handmade/\(name)_\(version)_\(architecture).deb", size: UInt64(bytes.count),
            sha256: Digest(of: bytes))
    }

    /// Puts the package into a store, where a fetch would.
    func put(into store: Store) throws -> LockedPackage {
        _ = try store.write(bytes)
        return locked
    }

    // MARK: Formats

    /// An ar archive: a 60-byte header for each member, members padded to even lengths.
    private static func ar(_ members: [(name: String, content: [UInt8])]) -> [UInt8] {
        var bytes = Array("!<arch>\n".utf8)
        for (name, content) in members {
            let fields = [(name, 16), ("0", 12), ("0", 6), ("0", 6), ("100644", 8), ("\(content.count)", 10)]
            for (text, width) in fields {
                bytes += Array(text.utf8) + Array(repeating: 0x20, count: width - text.utf8.count)
            }
            bytes += [0x60, 0x0A] + content
            if content.count % 2 == 1 { bytes.append(0x0A) }
        }
        return bytes
    }

    /// A tar archive in the POSIX format (IEEE 1003.1, ustar).
    static func tar(_ entries: [Entry]) -> [UInt8] {
        var bytes: [UInt8] = []
        for entry in entries {
            var header = [UInt8](repeating: 0, count: 512)
            func put(_ text: String, at offset: Int) {
                for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
            }
            func octal(_ number: Int, digits: Int) -> String {
                let text = String(number, radix: 8)
                return String(repeating: "0", count: digits - text.count) + text
            }
            put(entry.path, at: 0)
            put(octal(entry.mode, digits: 7), at: 100)
            put(octal(0, digits: 7), at: 108)
            put(octal(0, digits: 7), at: 116)
            put(octal(entry.content.count, digits: 11), at: 124)
            put(octal(0, digits: 11), at: 136)
            put("        ", at: 148)
            put(entry.type, at: 156)
            put(entry.target, at: 157)
            put("ustar", at: 257)
            put("00", at: 263)
            put(octal(header.reduce(0) { $0 + Int($1) }, digits: 6), at: 148)
            header[154] = 0
            bytes += header + entry.content
            bytes += [UInt8](repeating: 0, count: (512 - entry.content.count % 512) % 512)
        }
        return bytes + [UInt8](repeating: 0, count: 1024)
    }
}
