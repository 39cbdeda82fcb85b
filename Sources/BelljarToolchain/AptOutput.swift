package import BelljarModel

/// One line of `apt-get --print-uris`: a package file that apt would download.
package struct AptDownload: Hashable, Sendable {
    /// Address with its percent escapes undone.
    var address: String
    var name: String
    var version: String
    var architecture: String
    /// Size in bytes.
    var size: UInt64

    /// All of apt's answer.
    ///
    /// - Throws: `internal` for a line of another form, because then this reader and this apt do not fit together.
    package static func parse(_ text: String) throws(BelljarError) -> [AptDownload] {
        var downloads: [AptDownload] = []
        for line in text.textLines where !line.isEmpty {
            guard let download = AptDownload(line: line) else {
                throw BelljarError(
                    .internal, operation: "read", subject: "the answer of apt-get --print-uris",
                    answer: "it has a line that is not understood: \(line)")
            }
            downloads.append(download)
        }
        return downloads
    }

    /// `'ADDRESS' NAME_VERSION_ARCHITECTURE.deb SIZE [HASH]`; apt escapes `_` and `:` in the file name's parts.
    private init?(line: Substring) {
        guard line.hasPrefix("'"), let quote = line.dropFirst().firstIndex(of: "'") else { return nil }
        address = PercentEncoding.decode(line[line.index(after: line.startIndex)..<quote])
        let words = line[line.index(after: quote)...].split(separator: " ")
        guard words.count >= 2, words[0].hasSuffix(".deb"), let size = UInt64(words[1]) else { return nil }
        self.size = size
        let parts = words[0].dropLast(4).split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        name = PercentEncoding.decode(parts[0])
        version = PercentEncoding.decode(parts[1])
        architecture = PercentEncoding.decode(parts[2])
    }
}

extension AptDownload {
    /// The packages of those asked for that apt does not know, or knows and has nothing of: `E: Unable to locate package gccc`,
    /// `E: Package 'libfoo1' has no installation candidate` (with an older apt without quotes).
    static func unknownPackages(in complaint: [String], among wanted: [String]) -> [String] {
        let named = complaint.compactMap { line -> String? in
            if line.hasPrefix("E: Unable to locate package ") {
                return line.split(separator: " ").last.map(String.init)
            }
            guard line.hasPrefix("E: Package "), line.hasSuffix(" has no installation candidate") else { return nil }
            return line.split(separator: " ").dropFirst(2).first.map { String($0.filter { $0 != "'" }) }
        }
        return wanted.filter(Set(named).contains)
    }
}

enum PercentEncoding {
    /// Undoes `%2b` and the like; anything that is no escape stays as it is.
    static func decode(_ text: some StringProtocol) -> String {
        let bytes = Array(text.utf8)
        var decoded: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let value = UInt8(String(decoding: bytes[index + 1...index + 2], as: UTF8.self), radix: 16)
            {
                decoded.append(value)
                index += 3
            } else {
                decoded.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }
}
