import BelljarModel
import Testing

@testable import BelljarRecipe

/// Whatever the bytes, a decoder answers a value or a `usage` error with a place, and soon.
@Suite struct HostileTextTests {
    private static let fragments = [
        "[", "]", "{", "}", "- ", "? ", ": ", ",", "\"", "'", "|\n", ">-\n", "&a ", "*a", "!x ", "!!int ", "<<: ",
        "---\n",
        "...\n", "%YAML 1.2\n", "# ", "\t", "\r\n", "\u{85}", "\u{2028}", "\u{FEFF}", "\\x00", "\"\\uD800\"", "~",
        "null",
        "../", "18446744073709551616", "-1", "\n\n", "  ", "name: x\n", "sha256: ", "\u{0}", "@", "`",
    ].map { Array($0.utf8) }

    private static let seeds: [[UInt8]] =
        [RecipeSamples.good, "name: t\ndebian: {suite: s1, architecture: amd64, packages: [bash, 'g++']}\n"]
        .map { Array($0.utf8) } + [ToolchainDecoder.encode(ToolchainTests.lock(packages: 3))]

    private func mutated(_ text: [UInt8], _ randomness: inout Randomness) -> [UInt8] {
        var text = text
        for _ in 0..<Int.random(in: 1...6, using: &randomness) {
            let place = Int.random(in: 0...text.count, using: &randomness)
            let end = Int.random(in: place...min(place + 40, text.count), using: &randomness)
            switch Int.random(in: 0..<5, using: &randomness) {
            case 0: text.removeSubrange(place..<end)
            case 1: text.insert(contentsOf: text[place..<end], at: place)
            case 2: text.insert(UInt8.random(in: 0...255, using: &randomness), at: place)
            case 3 where end > place: text[place] ^= 1 << UInt8.random(in: 0..<8, using: &randomness)
            default: text.insert(contentsOf: Self.fragments.randomElement(using: &randomness) ?? [], at: place)
            }
        }
        return text
    }

    private enum Kind: CaseIterable { case recipe, toolchain, lock }

    private func decode(_ text: [UInt8], as kind: Kind) throws(BelljarError) {
        switch kind {
        case .recipe: _ = try RecipeDecoder.recipe(text, file: "f", folder: "/f")
        case .toolchain: _ = try ToolchainDecoder.spec(text, file: "f")
        case .lock: _ = try ToolchainDecoder.lock(text, file: "f")
        }
    }

    /// Decodes as each kind of file; true if one of them accepted it.
    private func decodesSafely(_ text: [UInt8]) -> Bool {
        var accepted = false
        for kind in Kind.allCases {
            do throws(BelljarError) {
                try decode(text, as: kind)
                accepted = true
            } catch {
                #expect(error.code == .usage, "\(String(decoding: text, as: UTF8.self)): \(error)")
                #expect(error.subject.hasPrefix("f:"))
                #expect(!error.answer.isEmpty)
            }
        }
        return accepted
    }

    @Test func mutations() {
        var randomness = Randomness(state: 2026)
        var accepted = 0
        for round in 0..<6000 {
            if decodesSafely(mutated(Self.seeds[round % Self.seeds.count], &randomness)) { accepted += 1 }
        }
        // Both ways are taken: a decoder that refused everything would pass otherwise.
        #expect(accepted > 100)
        #expect(accepted < 5000)
    }

    @Test func whatIsAcceptedIsStable() throws {
        var randomness = Randomness(state: 7)
        for _ in 0..<1000 {
            let text = mutated(Self.seeds[2], &randomness)
            guard let lock = try? ToolchainDecoder.lock(text, file: "f") else { continue }
            #expect(try ToolchainDecoder.lock(ToolchainDecoder.encode(lock), file: "f") == lock)
        }
    }

    @Test func arbitraryBytes() {
        var randomness = Randomness(state: 1)
        for _ in 0..<2000 {
            let count = Int.random(in: 0...200, using: &randomness)
            _ = decodesSafely((0..<count).map { _ in UInt8.random(in: 0...255, using: &randomness) })
        }
    }

    /// A megabyte of each thing that some parser somewhere follows too far.
    @Test(
        arguments: [
            "[", "{", "- ", "? ", "a: ", "{a: ", "[a,", "\"", "'", "!", "&a ", "*a ", "#", "%", "|", ">", "-", ":", ",",
            "\t",
            " ", "\n", "\r", "a", "<<: ", "? - ", "[[],", "!!a ", "\"\\x41", "'' ", "{[", "--- ", "---\n", "...\n",
            "{a: 1, ",
            "- a: ", "a:\n ", "é",
        ])
    func repeated(fragment: String) {
        let text = Array(String(repeating: fragment, count: YAMLParser.maximumBytes / fragment.utf8.count).utf8)
        let taken = ContinuousClock().measure { _ = decodesSafely(text) }
        // Seconds, and not minutes or forever: the bound leaves room for a slow and busy machine.
        #expect(taken < .seconds(20))
    }

    /// Each line of this doubles: nine lines would be 2^30 texts if anything expanded them.
    @Test func aliasesAreNotFollowed() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x]\n"
        for level in 1...30 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        text += "? *a30\n: x\n? *a30\n: x\n"
        let taken = ContinuousClock().measure { _ = decodesSafely(Array(text.utf8)) }
        #expect(taken < .seconds(5))
    }
}
