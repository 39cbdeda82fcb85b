internal import BelljarModel

/// The member `changes` of a lock.
extension ToolchainDecoder {
    private static let link = Rules.text(upTo: 4095)

    static let change = MappingRule("a change") { change -> ImageChange? in
        let content = change.oneOf(
            [
                .init("file", Rules.sha256, "a file of mode 0644 with these bytes") { digest, _ in
                    digest.map { .file($0) }
                },
                .init("program", Rules.sha256, "a file of mode 0755 with these bytes") { digest, _ in
                    digest.map { .program($0) }
                },
                .init("link", link, "a symbolic link with this target") { target, _ in target.map { .link($0) } },
                .init("directory", mark, "a directory") { isSet, _ in isSet.map { _ in .directory } },
                .init("absent", mark, "nothing, although a package has something here") { isSet, _ in
                    isSet.map { _ in .absent }
                },
            ] as [MappingReader.Kind<ImageChange.Content>]
        ) { _ in "a change has exactly one of file, program, link, directory, absent" }
        let path = change.required("path", link, "relative to the image's root")
        guard let path, let content else { return nil }
        return ImageChange(path: path, content: content)
    }

    /// `directory: true` or `absent: true`.
    private static let mark = ValueRule(.constant(true)) { node, key, mistakes -> Bool? in
        guard let isSet = ValueRule.flag.read(node, key, mistakes) else { return nil }
        if !isSet { mistakes.add("\(key) can only be true; to say no, leave the whole change out", at: node) }
        return isSet ? true : nil
    }

    static func encode(_ change: ImageChange) -> String {
        let content =
            switch change.content {
            case .file(let digest): "file: \"\(digest.hex)\""
            case .program(let digest): "program: \"\(digest.hex)\""
            case .link(let target): "link: \(scalar(target))"
            case .directory: "directory: true"
            case .absent: "absent: true"
            }
        return "  - path: \(scalar(change.path))\n    \(content)\n"
    }

    /// A text in double quotes, complete and in ASCII: control characters and everything beyond ASCII are escaped (YAML
    /// 1.2, 5.7), so that no file name of a package can end the scalar or be taken for something else.
    private static func scalar(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22, 0x5C: quoted += "\\\(scalar)"
            case 0x20..<0x7F: quoted.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
            }
        }
        return quoted + "\""
    }
}
