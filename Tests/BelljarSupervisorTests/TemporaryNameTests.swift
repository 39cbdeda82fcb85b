import Testing

@testable import BelljarSupervisor

@Suite struct TemporaryNameTests {
    /// What the library's function does, with a clock and random numbers that are given.
    private struct Library {
        static let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)
        let place: UInt64 = 0x7fff_ffff_e350
        var variable: UInt64
        var words: [UInt64]
        /// Those that were taken, the last one first.
        var taken: [UInt64] = []

        init(_ words: [UInt64] = []) { (variable, self.words) = (place / 16, words) }

        /// - Returns: the path, and the words of the stack from 48 bytes below the variable on.
        mutating func make(_ prefix: String, _ count: Int, _ suffix: String, clock: UInt64) -> (
            path: [UInt8], frame: [UInt64]
        ) {
            var made: [UInt8] = []
            var (digits, isFirst) = (0, true)
            for _ in 0..<count {
                if digits == 0 {
                    repeat {
                        variable = isFirst ? 2_862_933_555_777_941_757 &* (variable ^ clock) &+ 3_037_000_493 : draw()
                        isFirst = false
                    } while variable >= 17_625_286_683_235_144_704
                    digits = 10
                }
                made.append(Self.letters[Int(variable % 62)])
                variable /= 62
                digits -= 1
            }
            let frame = [3, 0x7fff_ffff_e4b8, 0, 0x1234_5678_9abc, 0xffff_ffff, 17, variable, 0x7fff_f7e8_1234, 1]
            return (Array(prefix.utf8) + made + Array(suffix.utf8), frame)
        }

        private mutating func draw() -> UInt64 {
            taken.insert(words.removeFirst(), at: 0)
            return taken[0]
        }
    }

    private func letters(_ path: [UInt8], _ frame: [UInt64], words: [UInt64] = []) -> TemporaryName.Letters? {
        unsafe path.withUnsafeBytes { path in
            unsafe frame.withUnsafeBytes { frame in
                unsafe TemporaryName(path, frame, at: Library().place - 48).letters(words)
            }
        }
    }

    /// Of a clock's thousand readings some forty give numbers that the library does not take.
    private static func clocks(_ isFair: Bool) -> [UInt64] {
        (0..<1000).map { $0 &* 998_877 }.filter {
            let number = 2_862_933_555_777_941_757 &* (Library().place / 16 ^ $0) &+ 3_037_000_493
            return (number < TemporaryName.firstUnfair) == isFair
        }
    }

    private static let random: [UInt64] = (1...8).map { (3 * $0) &* 0x1357_9bdf_0246_8ace >> 1 }
    private static let unfair: UInt64 = 0xffff_1234_5678_9abc

    @Test(arguments: [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 20, 23, 30])
    func lettersOfTheClockAreFound(count: Int) {
        for clock in Self.clocks(true).prefix(100) {
            for words in [Self.random, [Self.unfair] + Self.random] {
                var library = Library(words)
                let (path, frame) = library.make("/tmp/a.dir/cc", count, ".tail", clock: clock)
                let found = letters(path, frame, words: library.taken + [1, 2])
                #expect(found == .init(letters: 13..<13 + count, words: library.taken.count), "\(clock) \(words)")
            }
        }
    }

    @Test(arguments: [3, 6, 10, 12, 20, 23])
    func lettersOfRandomNumbersAreFoundAndTheNumbersCounted(count: Int) {
        let clocks = Self.clocks(false)
        #expect(clocks.count > 20)
        for clock in clocks {
            for words in [
                Self.random, [Self.unfair, Self.unfair] + Self.random, [Self.random[6], Self.unfair] + Self.random,
            ] {
                var library = Library(words)
                let (path, frame) = library.make("x", count, "", clock: clock)
                // What was taken before for something else stays taken.
                let found = letters(path, frame, words: library.taken + [Self.random[7], Self.unfair])
                #expect(found == .init(letters: 1..<1 + count, words: library.taken.count), "\(clock) \(words)")
            }
        }
    }

    @Test func lettersThatAreThereTwiceStay() throws {
        let clock = try #require(Self.clocks(true).first)
        var library = Library()
        let (path, frame) = library.make("", 4, "", clock: clock)
        #expect(letters(path, frame) == .init(letters: 0..<4))
        #expect(letters(path + Array(".".utf8) + path, frame) == nil)
        #expect(letters(path + Array("/".utf8) + path, frame) == .init(letters: 5..<9))
    }

    /// Twenty thousand names that look like it: with another rest in the frame, or none.
    @Test func namesOfAProgramsOwnAreNotTaken() {
        for number in UInt64(0)..<20_000 {
            let name = "lock\(String(number &* 0x9e37_79b9_7f4a_7c15, radix: 36))"
            let frame = [number, 0x7fff_ffff_e4b8, 6, number &* 0x1_0000_0001 >> 20, 0x180, 10, number &* 77_777]
            #expect(letters(Array("/build/\(name)".utf8), frame, words: [number &* 3, 5]) == nil, "\(name)")
        }
        #expect(letters(Array("/tmp/".utf8), [1, 2, 3], words: [4]) == nil)
        #expect(letters([], [], words: []) == nil)
    }

    @Test func digitsAreWrittenAsTheLibraryDoes() {
        var buffer = [UInt8](repeating: 0, count: 6)
        unsafe buffer.withUnsafeMutableBytes { unsafe TemporaryName.write(61 + 62 * 26 + 62 * 62 * 25, to: $0) }
        #expect(String(decoding: buffer, as: UTF8.self) == "9Azaaa")
    }

    @Test func theMultiplierIsFoundWhereverItStands() {
        for offset in 0..<16 {
            var code = [UInt8](repeating: 0x90, count: 24)
            for index in 0..<8 {
                code[offset + index] = UInt8(truncatingIfNeeded: TemporaryName.multiplier >> (8 * UInt64(index)))
            }
            #expect(unsafe code.withUnsafeBytes { unsafe TemporaryName.hasMultiplier($0) })
            #expect(
                unsafe !code.withUnsafeBytes {
                    unsafe TemporaryName.hasMultiplier(UnsafeRawBufferPointer(rebasing: $0[..<(offset + 7)]))
                })
        }
    }

    @Test(arguments: [
        ([0xe8, 1, 2, 3, 0], true), ([0xff, 0xd0], true), ([0x41, 0xff, 0xd4], true), ([0xff, 0x55, 0x10], true),
        ([0xff, 0x15, 1, 2, 3, 0], true), ([0x41, 0xff, 0x94, 0x24, 1, 2, 0], true), ([0xff, 0xe0], false),
        ([0x90], false),
    ])
    func callsAreKnown(code: [UInt8], isCall: Bool) {
        let padded = [UInt8](repeating: 0x90, count: 16) + code
        let found = unsafe padded.withUnsafeBytes { unsafe TemporaryName.isAfterCall($0, padded.count) }
        #expect(found == isCall)
    }

    @Test(arguments: [
        ("257 0xffffff9c 0x7ffd8 0xc2 0x180 0x0 0x0 0x7ffffff0e350 0x7ffff7e8\n", 0x7fff_fff0_e350),
        ("running\n", nil), ("-1 0x7ffe1 0x7fff2\n", nil), ("", nil), ("1 2 3 4 5 6 7", nil),
    ])
    func whereAStackEndsIsReadOfTheKernelsText(text: String, expected: UInt64?) {
        let bytes = Array(text.utf8)
        #expect(unsafe bytes.withUnsafeBytes { unsafe SystemCallText.stackPointer($0) } == expected)
        #expect(unsafe bytes.withUnsafeBytes { unsafe SystemCallText.isRunning($0) } == (text == "running\n"))
    }

    // MARK: What was taken

    @Test func numbersThatWereTakenOneByOneAreKnown() {
        var words = TakenWords()
        #expect(words.count == 0)
        words.take(40, to: 7)
        words.take(48, to: 7)
        #expect(words.count == 2)
        #expect(words.place(0) == (48, RandomStream.calls))
        #expect(words.place(1) == (40, RandomStream.calls))
        // Something else was taken, or to another place.
        words.take(64, to: 7)
        #expect(words.count == 1)
        words.take(72, to: 8)
        #expect(words.count == 1)
        words.takeFirst(to: 9)
        words.take(0, to: 9)
        #expect(words.count == 2)
        #expect(words.place(1) == (RandomStream.startOfFirst, RandomStream.start))
    }
}
