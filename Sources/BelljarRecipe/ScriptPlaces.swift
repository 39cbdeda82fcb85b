internal import BelljarModel

extension ScriptPlace {
    /// Of a script that is the value of a node.
    init(_ node: YAMLNode, in file: String) {
        if case .scalar(_, .literal) = node.content {
            self.init(file: file, line: node.line + 1, isByLine: true)
        } else {
            // What is folded has lost its lines. A text of one line has none to lose.
            self.init(file: file, line: node.line, isByLine: node.text?.contains("\n") == false)
        }
    }
}
