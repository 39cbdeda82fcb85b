extension SourceCode {
    /// The lines of destructors that do more than give memory back and are not in `keepingErrorNumber`: they run between
    /// a call and the reading of its errno wherever the compiler likes to destroy a value.
    func carelessDestructors() -> [Int] {
        let lines = self.lines
        return functions().filter { $0.name == "deinit" }.filter { function in
            let body = lines[(function.line - 1)..<min(function.line - 1 + function.length, lines.count)].joined(
                separator: "\n")
            guard !body.contains("keepingErrorNumber") else { return false }
            let called = body.matches(of: #/(?<name>\w+)\(/#).map { String($0.name) }
            return called.contains { !["deallocate", "free"].contains($0) }
        }.map(\.line)
    }
}

/// Rules about single lines: what may not stand where.
struct LineRule: Sendable {
    /// What is wrong and what to do instead.
    let message: String
    /// The files it holds for, by path relative to the checkout.
    let applies: @Sendable (_ path: String) -> Bool
    /// Whether it looks at code alone, or also at comments and strings.
    let looksAtCodeOnly: Bool
    let isBroken: @Sendable (_ line: String) -> Bool

    static let forced = LineRule(
        message: "try!, as! and ! end the program when they fail: throw, or use guard let, if let, as?",
        applies: { $0.hasSuffix(".swift") }, looksAtCodeOnly: true,
        isBroken: { $0.contains("!") && $0.contains(#/[\w)\]}]!(?![=\w])/#) })

    static let stub = LineRule(
        message: "fatalError stands for code that is not there: write it, or throw; preconditionFailure for a defect",
        applies: isSource, looksAtCodeOnly: true, isBroken: { $0.contains("fatalError(") })

    static let publicAccess = LineRule(
        message: "the products are programs, so nothing is public: write package", applies: isSource,
        looksAtCodeOnly: true, isBroken: { words($0).contains("public") })

    static let concurrency = LineRule(
        message: "belljar-init has one thread for its whole life: no concurrency in what it is made of",
        applies: { Modules.name(of: $0).map(Modules.inInit.contains) ?? false }, looksAtCodeOnly: true,
        isBroken: { line in words(line).contains { ["async", "await", "actor", "Task"].contains($0) } })

    static let printing = LineRule(
        message: "only the programs print: a module reports progress or throws",
        applies: { Modules.name(of: $0).map { !$0.hasPrefix("belljar") } ?? false }, looksAtCodeOnly: true,
        isBroken: { $0.contains("(") && $0.contains(#/(?:^|[^.\w])(?:print|debugPrint|dump)\(/#) })

    static let arguments = LineRule(
        message: "CommandLine has no arguments where there is no /proc: ProgramArguments", applies: isSource,
        looksAtCodeOnly: true, isBroken: { words($0).contains("CommandLine") })

    static let unfinished = LineRule(
        message: "unfinished work belongs in an issue, not in the text", applies: isProse, looksAtCodeOnly: false,
        isBroken: { line in words(line).contains { unfinishedMarks.contains(String($0)) } })

    static let mirrors = LineRule(
        message: "which server serves an archive is the machine's configuration, never the project's",
        applies: { _ in true }, looksAtCodeOnly: false,
        isBroken: { line in archiveHosts.contains { line.contains($0) } })

    static let trailingSpace = LineRule(
        message: "white space at the end of the line", applies: isProse, looksAtCodeOnly: false,
        isBroken: { $0.last?.isWhitespace ?? false })

    static let relativeWait = LineRule(
        message:
            "a length of time begins anew after every signal: wait with poll(_:until:) or pause(until:), and make the "
            + "deadline before the call that waits for it",
        applies: { isSource($0) && $0 != "Sources/BelljarKernel/Deadline.swift" }, looksAtCodeOnly: true,
        isBroken: { line in
            line.contains("(")
                && (line.contains(
                    #/\b(?:ppoll|usleep|nanosleep|clock_nanosleep|select|pselect|sleep|epoll_p?wait2?)\(/#)
                    || line.contains("Glibc.poll(") || line.contains(#/\bpoll\(.*(?:until: .*after\(|timeout)/#)
                    || line.contains(#/\b(?:SO_RCVTIMEO|SO_SNDTIMEO)\b/#))
        })

    static let terminal = LineRule(
        message: "words go out through Console, which leaves nothing in them that a terminal obeys",
        applies: { path in
            isSource(path)
                // A command's own bytes, which are its own business, go out by the last.
                && !["BelljarKernel/Terminal", "belljar/Console", "belljar/RunCommand"].contains {
                    path == "Sources/\($0).swift"
                }
        }, looksAtCodeOnly: true, isBroken: { $0.contains("Terminal.write") })

    static let all = [
        forced, stub, publicAccess, concurrency, printing, arguments, unfinished, mirrors, trailingSpace, relativeWait,
        terminal,
    ]

    /// The numbers of the lines of a file that break this rule, counted from 1.
    func brokenLines(path: String, text: String, code: SourceCode?) -> [Int] {
        guard applies(path) else { return [] }
        let lines =
            looksAtCodeOnly
            ? code?.lines ?? [] : text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        return lines.indices.filter { isBroken(lines[$0]) }.map { $0 + 1 }
    }

    // Put together from pieces, so that this file keeps its own rules.
    private static let unfinishedMarks: Set<String> = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
    private static let archiveHosts = ["debian" + ".org", "debian" + ".net", "ubuntu" + ".com"]

    private static func words(_ line: String) -> [Substring] {
        line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
    }

    private static let isSource: @Sendable (String) -> Bool = { Modules.name(of: $0) != nil }
    /// A patch carries the words and the white space of what it patches, the fuzzer's inputs are made by chance, and the
    /// license is not ours to edit.
    private static let isProse: @Sendable (String) -> Bool = {
        !$0.hasSuffix(".patch") && !$0.hasPrefix("Fuzz/Seeds/") && !$0.hasPrefix("Fuzz/Regressions/") && $0 != "LICENSE"
    }
}
