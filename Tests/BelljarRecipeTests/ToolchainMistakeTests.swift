import BelljarModel
import Testing

@testable import BelljarRecipe

@Suite struct ToolchainMistakeTests {
    private static let digits = RecipeSamples.digits

    private static let goodLock = """
        format: 1
        name: "t"
        spec: sha256:\(digits)
        image-format: 1
        timestamp: 1700000000
        image:
          digest: sha256:\(digits)
          size: 10
        packages:
          - name: "bash"
            version: "5.2.15-2+b2"
            architecture: amd64
            archive: debian
            path: pool/main/b/bash/bash_5.2.15-2+b2_amd64.deb
            size: 1491036
            sha256: "\(digits)"

        """

    private static func row(_ name: String, _ old: String, _ new: String, _ expected: String...) -> MistakeRow {
        precondition(goodLock.contains(old))
        var row = MistakeRow(name, goodLock.replacing(old, with: new))
        row.expected = expected
        return row
    }

    private func mistakes(_ text: String, _ decode: ([UInt8]) throws(BelljarError) -> Void) -> [String] {
        do throws(BelljarError) {
            try decode(Array(text.utf8))
            return []
        } catch {
            #expect(error.code == .usage)
            let lines = error.details.isEmpty ? ["\(error.subject): \(error.answer)"] : error.details
            return lines.map { String($0.dropFirst("t.yaml:".count)) }
        }
    }

    static let specs: [MistakeRow] = [
        MistakeRow("empty", "", "1:1: the file is empty"),
        MistakeRow(
            "neither", "name: t\n", "1:1: a toolchain has exactly one of debian, archive; found none"),
        MistakeRow(
            "both", "name: t\ndebian: {}\narchive: {}\n",
            "1:1: a toolchain has exactly one of debian, archive; found both"),
        MistakeRow(
            "near", "name: t\ndebain: {suite: s1, architecture: amd64, packages: [bash]}\n",
            "1:1: a toolchain has exactly one of debian, archive; found none",
            "2:1: unknown key \"debain\" in a toolchain; did you mean \"debian\"?"),
        MistakeRow(
            "no packages", "name: t\ndebian:\n  suite: bookworm\n  architecture: amd64\n  packages: []\n",
            "5:13: packages must have at least one element"),
        MistakeRow(
            "duplicate package", "name: t\ndebian: {suite: s1, architecture: amd64, packages: [bash, bash]}\n",
            "2:59: duplicate package \"bash\"; it is already given in line 2"),
        MistakeRow(
            "option as package", "name: t\ndebian: {suite: s1, architecture: amd64, packages: [-oDir=x]}\n",
            "2:53: package \"-oDir=x\" begins with \"-\"; use a-z, 0-9 and, after the first character, . + -"
        ),
        MistakeRow(
            "suite missing", "name: t\ndebian: {architecture: amd64, packages: [bash]}\n",
            "2:9: missing key \"suite\" in debian"),
        MistakeRow(
            "floating archive", "name: t\narchive: {address: 'https://x/y'}\n",
            "2:10: missing key \"sha256\" in archive: without it the source could change while the recipe stays the same "
                + "(a floating source); `sha256sum FILE` prints it"),
    ]

    static let locks: [MistakeRow] = [
        row(
            "path climbs", "path: pool", "path: ../pool",
            "14:11: path \"../pool/main/b/bash/bash_5.2.15-2+b2_amd64.deb\" climbs out of the archive (\"..\")"),
        row("digest", "sha256: \"\(digits)\"", "sha256: abc", "16:13: sha256 \"abc\" has 3 digits instead of 64"),
        row(
            "spec", "spec: sha256:\(digits)", "spec: \(digits)",
            "3:7: spec \"\(digits)\" is not sha256: and 64 hexadecimal digits"),
        row("format", "format: 1", "format: one", "1:9: format \"one\" is not a whole number"),
        row(
            "two mistakes", "size: 10", "size: -1\n  colour: red", "8:9: size \"-1\" is not a whole number",
            "9:3: unknown key \"colour\" in image; known keys: digest, size"),
        row(
            "missing image", "image:\n  digest: sha256:\(digits)\n  size: 10\n", "",
            "1:1: missing key \"image\" in a toolchain lock"),
    ]

    @Test(arguments: specs) func spec(row: MistakeRow) {
        #expect(
            mistakes(row.text) { (text) throws(BelljarError) in
                _ = try ToolchainDecoder.spec(text, file: "t.yaml")
            } == row.expected)
    }

    @Test(arguments: locks) func lock(row: MistakeRow) {
        let decode = { (text: [UInt8]) throws(BelljarError) in
            _ = try ToolchainDecoder.lock(text, file: "t.yaml")
        }
        #expect(mistakes(Self.goodLock, decode) == [])
        #expect(mistakes(row.text, decode) == row.expected)
    }
}
