import BelljarKernel
import BelljarModel
import Testing

/// What a person sees of builds on a terminal: in a model of one, and in tmux, which is one.
@Suite struct LiveProgressTests {
    /// A terminal's screen: what belljar writes, in cells. Lines that are too long wrap, whatever they ask for; nothing scrolls away.
    private struct Screen {
        private var lines: [[Character]] = [[]]
        private var (row, column) = (0, 0)
        private var saved = (row: 0, column: 0)
        let columns: Int
        /// How often a line was too long.
        private(set) var wraps = 0

        init(columns: Int) { self.columns = columns }

        var text: [String] { lines.map { String($0.filter { $0 != Self.half }) } }
        private static let half: Character = "\u{1}"

        /// The widths that these tests need, by themselves: of CJK, and of what combines.
        private static func width(_ scalar: Unicode.Scalar) -> Int {
            switch scalar.value {
            case 0x300...0x36F: 0
            case 0x2E80...0xD7A3, 0xFF01...0xFF60, 0x1F300...0x1FAFF: 2
            default: 1
            }
        }

        mutating func take(_ bytes: [UInt8]) {
            var rest = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)[...]
            while let scalar = rest.popFirst() {
                switch scalar {
                case "\r": column = 0
                case "\n": down()
                case "\u{1b}" where rest.first == "7": (saved, rest) = ((row, column), rest.dropFirst())
                case "\u{1b}" where rest.first == "8": ((row, column), rest) = (saved, rest.dropFirst())
                case "\u{1b}":
                    let parameters = rest.dropFirst().prefix { $0.value < 0x40 }
                    let end = rest[parameters.endIndex]
                    rest = rest[(parameters.endIndex + 1)...]
                    control(end, Int(String(String.UnicodeScalarView(parameters))) ?? 0)
                default: put(scalar)
                }
            }
        }

        private mutating func down() {
            row += 1
            if row == lines.count { lines.append([]) }
        }

        private mutating func control(_ end: Unicode.Scalar, _ number: Int) {
            switch end {
            case "A": row = max(0, row - max(1, number))
            case "B": row = min(lines.count - 1, row + max(1, number))
            case "K": lines[row].removeSubrange(min(column, lines[row].count)...)
            case "J" where number == 0:
                lines.removeSubrange((row + 1)...)
                lines[row].removeSubrange(min(column, lines[row].count)...)
            case "m", "h", "l": break
            default: lines[row] += Array("<unknown control \(end)>")
            }
        }

        private mutating func put(_ scalar: Unicode.Scalar) {
            let width = Self.width(scalar)
            if width == 0 { return }
            if column + width > columns {
                wraps += 1
                (column, row) = (0, row + 1)
                if row == lines.count { lines.append([]) }
            }
            while lines[row].count < column + width { lines[row].append(" ") }
            lines[row][column] = Character(scalar)
            if width == 2 { lines[row][column + 1] = Self.half }
            column += width
        }
    }

    /// One that writes lines that are far too wide, for a fifth of a second each.
    private func project(lines: Int) throws -> Project {
        let project = try Project()
        let wide = String(repeating: "日本語e\u{301}🚀", count: 40)
        for name in ["a", "b"] {
            try project.recipe(
                name, run: "for i in $(seq \(lines)); do echo '\(wide)'; sleep 0.2; done; true > $OUT/x")
        }
        return project
    }

    @Test(arguments: [30, 41, 80]) func linesAreAsWideAsTheyLook(columns: UInt16) throws {
        let project = try project(lines: 10)
        let session = try TerminalSession(
            Project.programs + "/belljar", ["build", "-j", "2"], environment: project.environment,
            directory: project.path, size: .init(rows: 10, columns: columns))
        #expect(try session.sees("日"), "\(session.screen)")
        #expect(try session.end() == .status(0))
        var screen = Screen(columns: Int(columns))
        var wraps: [Int] = []
        // Lines that stay may wrap, as anything that is printed; what is redrawn may not.
        for piece in session.screen.components(between: "\r\u{1b}[K") {
            let before = screen.wraps
            screen.take(Array(("\r\u{1b}[K" + piece).utf8))
            if piece.unicodeScalars.contains("日") { wraps.append(screen.wraps - before) }
        }
        #expect(!wraps.isEmpty && wraps.allSatisfy { $0 == 0 }, "\(wraps)")
        let left = screen.text.joined()
        #expect(!left.contains("日") && !left.contains("unknown control"), "\(screen.text)")
        #expect(left.contains("[2/2]") && left.contains("summary: 2 built"), "\(screen.text)")
    }

    private static let tmux = "/usr/bin/tmux"

    /// A window that becomes narrower breaks lines that are there, and one that becomes wider joins them again.
    @Test(
        .enabled(
            if: (try? Descriptor.workingDirectory.status(of: tmux)) != nil, "this test needs tmux for a terminal"))
    func aWindowThatShrinksLeavesNothingBehind() throws {
        let project = try project(lines: 40)
        func tmux(_ arguments: String...) throws -> Answer {
            try project.start(
                Self.tmux, ["-u", "-S", project.path + "/tmp/tmux", "-f", "/dev/null"] + arguments,
                environment: ["TERM": "xterm", "SHELL": "/bin/sh"]
            ).finish()
        }
        defer { _ = try? tmux("kill-server") }
        // A screen that is full, as mostly: tmux moves lines out of one that is not, where nothing can be taken back.
        let command = "seq 30; \(Project.programs)/belljar build -j 2; echo ended $?; exec sleep 1000"
        let begun = try tmux("new-session", "-d", "-s", "s", "-x", "100", "-y", "20", command)
        #expect(begun.code == 0, "\(begun.complaint)")
        let deadline = Deadline.after(milliseconds: 60_000)
        var (screens, seen, sizes) = ([String](), Set<Int>(), [90, 70, 50, 33, 60, 33, 100][...])
        while !deadline.isOver, screens.last?.contains("ended 0") != true {
            screens.append(try tmux("capture-pane", "-p", "-t", "s", "-S", "-").text)
            let live = screens.last?.split(separator: "\n").filter { $0.contains("日") } ?? []
            seen.insert(live.count)
            if !live.isEmpty, let size = sizes.popFirst() {
                #expect(try tmux("resize-window", "-t", "s", "-x", "\(size)").code == 0)
            }
            pause(milliseconds: 150)
        }
        let last = screens.last ?? ""
        #expect(last.contains("ended 0") && sizes.isEmpty, "\(last)")
        // What was redrawn is gone, whatever became of the window meanwhile; what was to stay is there once.
        #expect(!last.contains("日") && !last.contains("🚀"), "\(last)")
        for line in ["a: step build", "b: step build", "summary: 2 built"] {
            #expect(last.replacing("\n", with: "").components(between: line).count == 2, "\(line): \(last)")
        }
        #expect(seen.contains(2))
    }
}

extension String {
    fileprivate func components(between separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
