internal import BelljarModel

/// The member `changes` of a lock.
extension ToolchainDecoder {
    private static let contents = ["file", "program", "link", "directory", "absent"]

    static func change(_ node: YAMLNode, _ mistakes: Mistakes) -> ImageChange? {
        guard let form = Form(node, "a change", keys: ["path"] + contents, mistakes: mistakes) else { return nil }
        guard contents.filter(form.has).count == 1 else {
            mistakes.add("a change has exactly one of \(contents.joined(separator: ", "))", at: node)
            return nil
        }
        let path = form.required("path", Rules.text(upTo: 4095))
        let content: ImageChange.Content? =
            if form.has("file") {
                form.required("file", Rules.sha256).map { .file($0) }
            } else if form.has("program") {
                form.required("program", Rules.sha256).map { .program($0) }
            } else if form.has("link") {
                form.required("link", Rules.text(upTo: 4095)).map { .link($0) }
            } else {
                mark(form)
            }
        guard let path, let content else { return nil }
        return ImageChange(path: path, content: content)
    }

    /// `directory: true` or `absent: true`.
    private static func mark(_ form: Form) -> ImageChange.Content? {
        let key = form.has("directory") ? "directory" : "absent"
        guard let isSet = form.optionalBool(key) else { return nil }
        guard isSet else {
            form.mistakes.add("\(key) can only be true; leave the change out instead", at: form.node)
            return nil
        }
        return key == "directory" ? .directory : .absent
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
