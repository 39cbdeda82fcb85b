internal import BelljarControls
internal import BelljarKernel

/// Control `random`: names of temporary files.
///
/// The GNU C Library of 2021 and 2022 (2.36, Debian 12), and programs with gnulib of those years (mktemp(1)), make the first name of
/// mkstemp(3) and its relatives from the nanoseconds of the monotonic clock. That runs for real, and nobody is asked about it,
/// because event loops read it often. If the number that they make of it is one of the 4 % that are not fair, they take a random one
/// instead. So a name that they made is recognised when the file is about to be made: other letters are put in its place in the
/// caller's memory, where it has just been written, and the random numbers that were taken for it are given back.
///
/// A program that makes a file of a name of its own must never find another name on it. So it takes three things: the call is
/// made from code with the library's multiplier in it; in that function's frame is what was left of a number when letters were taken
/// from it; and both together are the number that was taken last, or give, with that place's address, nanoseconds.
extension Worker {
    /// Puts other letters in the place of those that the library gave a file or a folder that is about to be made.
    func nameTemporaryFile(_ name: NotifiedCall) throws(Refusal) {
        guard isSeeded, let (directory, path) = exclusiveCreation(name) else { return }
        let length = try readPath(at: path)
        guard let found = try madeLetters(length) else { return }
        let part = unsafe UnsafeMutableRawBufferPointer(rebasing: callerPath[found.letters])
        for _ in 0..<Self.attempts {
            try unsafe fillWithLetters(part)
            // The library would take the next letters of its number if there was such a file.
            var facts = FileFacts()
            guard try locatePath(directory, length) != nil, unsafe facts.look(placeStart, followsLink: false) == 0
            else { break }
        }
        try unsafe write(UnsafeRawBufferPointer(part), to: path &+ UInt64(found.letters.lowerBound))
        guard found.words > 0 else { return }
        try shared.processes.with(call.caller) { $0.giveBack(found.words) }
    }

    private func fillWithLetters(_ buffer: UnsafeMutableRawBufferPointer) throws(Refusal) {
        var start = 0
        while start < buffer.count {
            let (key, count) = try takeFromStream { entry in
                defer { entry.temporaryNames += 1 }
                return entry.temporaryNames
            }
            var word: UInt64 = 0
            unsafe withUnsafeMutableBytes(of: &word) {
                unsafe key.fill($0, offset: 8 * count, stream: RandomStream.temporaryNames)
            }
            let end = min(start + TemporaryName.mostDigits, buffer.count)
            unsafe TemporaryName.write(word, to: UnsafeMutableRawBufferPointer(rebasing: buffer[start..<end]))
            start = end
        }
    }

    /// Names that are tried. One that is taken all the same is refused by the kernel, and the library makes another one.
    private static var attempts: Int { 64 }

    /// Where the path begins, if it is one of a file that must be new and for its owner alone, as temporary ones are.
    private func exclusiveCreation(_ name: NotifiedCall) -> (directory: Int32, path: UInt64)? {
        let isRelative = name == .openat || name == .mkdirat
        let first = isRelative ? 1 : 0
        switch name {
        case .open, .openat:
            // O_RDWR, O_CREAT and O_EXCL.
            guard call.argument(first + 1) & 0o303 == 0o302, call.int(first + 2) == 0o600 else { return nil }
        case .mkdir, .mkdirat: guard call.int(first + 1) == 0o700 else { return nil }
        default: return nil
        }
        return (isRelative ? call.int(0) : Self.workingDirectory, call.argument(first))
    }

    // MARK: Where a name is from

    /// Bytes of the stack that are looked at; of them, where the call of the library's function can have left its way back, and how
    /// many other such words there may be before.
    private static var frameSize: Int { 1024 }
    private static var callDepth: Int { 320 }
    private static var mostCalls: Int { 12 }
    /// How far from a call in the same function something can be.
    private static var reach: UInt64 { 1024 }

    /// The letters in `callerPath` that the library made; nil if there are none.
    private func madeLetters(_ length: Int) throws(Refusal) -> TemporaryName.Letters? {
        guard let top = stackPointer() else { return nil }
        let stack = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<Self.frameSize])
        guard let count = try unsafe bytes(at: top, into: stack) else { return nil }
        let frame = unsafe UnsafeRawBufferPointer(rebasing: stack[..<count])
        let path = unsafe UnsafeRawBufferPointer(rebasing: callerPath[..<length])
        var calls = 0
        for offset in stride(from: 0, to: min(count, Self.callDepth) - 7, by: 8) {
            let word = unsafe frame.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            // Neither a small number, nor a place on the stack, nor one of the kernel's half.
            guard word > 1 << 16, word < 1 << 47, word < top || word - top > 1 << 20 else { continue }
            calls += 1
            guard calls <= Self.mostCalls else { return nil }
            guard try isNearMultiplier(word) else { continue }
            let above = unsafe UnsafeRawBufferPointer(rebasing: frame[(offset + 8)...])
            let name = unsafe TemporaryName(path, above, at: top &+ UInt64(offset + 8))
            if let found = name.letters(try lastWords()) { return found }
        }
        return nil
    }

    /// Where the caller's stack ends, from `/proc/PID/syscall`: a number, six arguments, the pointers to stack and code. Nil if
    /// the caller is gone, or if it is a program that shows nobody what it does (its file cannot be read).
    ///
    /// The kernel tells of the question before the caller has begun to wait for its answer. Where the caller loses its processor
    /// between the two, as on a busy host or a virtual one, it is said to be running for as long.
    private func stackPointer() -> UInt64? {
        while true {
            guard let file = try? Descriptor.workingDirectory.open("/proc/\(call.thread)/syscall"),
                let count = try? unsafe file.read(into: room)
            else { return nil }
            let text = unsafe UnsafeRawBufferPointer(rebasing: room[..<count])
            guard unsafe SystemCallText.isRunning(text) else { return unsafe SystemCallText.stackPointer(text) }
            guard listener.isWaiting(call.id) else { return nil }
            pause(until: .after(nanoseconds: 50_000))
        }
    }

    /// The random numbers that the process took last, the last one first.
    private func lastWords() throws(Refusal) -> [UInt64] {
        let key = try keyOfProcess()
        guard let taken = try shared.processes.with(call.caller, { $0.takenWords }) else { return [] }
        return (0..<min(taken.count, Self.mostWords)).map { index in
            var word: UInt64 = 0
            let (offset, stream) = taken.place(index)
            unsafe withUnsafeMutableBytes(of: &word) { unsafe key.fill($0, offset: offset, stream: stream) }
            return word
        }
    }

    /// Numbers that one name can have taken: a longer one has more letters than there are in a path's last part.
    private static var mostWords: Int { 32 }

    private func isNearMultiplier(_ address: UInt64) throws(Refusal) -> Bool {
        let part = unsafe UnsafeMutableRawBufferPointer(
            rebasing: room[Self.frameSize..<Self.frameSize + 2 * Int(Self.reach)])
        guard let count = try unsafe bytes(at: address - Self.reach, into: part) else { return false }
        let code = unsafe UnsafeRawBufferPointer(rebasing: part[..<count])
        return unsafe TemporaryName.isAfterCall(code, Int(Self.reach)) && TemporaryName.hasMultiplier(code)
    }

    /// Reads what there is; nil if there is nothing.
    private func bytes(at address: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(Refusal) -> Int? {
        do throws(Refusal) {
            return try unsafe read(at: address, into: buffer)
        } catch {
            guard case .errno = error else { throw error }
            return nil
        }
    }
}

/// What `/proc/PID/syscall` says (proc_pid_syscall in fs/proc/base.c).
enum SystemCallText {
    /// Whether it says that the thread has a processor, or wants one.
    static func isRunning(_ text: UnsafeRawBufferPointer) -> Bool { unsafe text.first == UInt8(ascii: "r") }

    /// - Returns: nil for a thread that is not in a system call.
    static func stackPointer(_ text: UnsafeRawBufferPointer) -> UInt64? {
        var (field, number, digits) = (0, UInt64(0), 0)
        for index in text.indices {
            let byte = unsafe text[index]
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\n"):
                if field == 7 { return digits > 0 ? number : nil }
                (field, number, digits) = (field + 1, 0, 0)
            case UInt8(ascii: "x"): (number, digits) = (0, 0)
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                (number, digits) = (number << 4 | UInt64(byte - UInt8(ascii: "0")), digits + 1)
            case UInt8(ascii: "a")...UInt8(ascii: "f"):
                (number, digits) = (number << 4 | UInt64(byte - UInt8(ascii: "a") + 10), digits + 1)
            default: digits = 0
            }
        }
        return nil
    }
}

/// The arithmetic of try_tempname_len (sysdeps/posix/tempname.c): a variable that begins as its own address divided by 16 is mixed
/// with the clock's nanoseconds, multiplied, and increased. Letters are its digits to the base 62, at most ten, by which it is
/// divided; it is in memory, because its address was taken. For further letters, and where a number would make some
/// letters more likely than others, it becomes a random number.
@safe
struct TemporaryName {
    /// Letters that were made, and how many random numbers were taken for them.
    struct Letters: Equatable {
        var letters: Range<Int>
        var words = 0
    }

    static let multiplier: UInt64 = 2_862_933_555_777_941_757
    static let increment: UInt64 = 3_037_000_493
    static let nanoseconds: UInt64 = 1_000_000_000
    /// Digits that are taken from one number; mktemp(1) asks for three or more.
    static let mostDigits = 10
    private static let fewestDigits = 3
    /// 62 to the power of its index.
    static let powers = (0...mostDigits).map { (0..<$0).reduce(UInt64(1)) { power, _ in power * 62 } }
    /// Numbers from here on are not taken.
    static let firstUnfair = UInt64.max - UInt64.max % powers[mostDigits]
    /// What 1 divided by the multiplier is, modulo 2^64: each step doubles how many bits are right, from three on.
    private static let inverse = (0..<5).reduce(multiplier) { found, _ in found &* (2 &- multiplier &* found) }
    private static let alphabet: StaticString = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

    private let path: UnsafeRawBufferPointer
    /// Where the last part of the path begins, and where it ends.
    private let start: Int
    private let end: Int
    private let frame: UnsafeRawBufferPointer
    private let address: UInt64
    /// Words of the frame.
    private let slots: Int

    /// - Parameters:
    ///   - frame: of the function that may have made the name, and what is above it.
    ///   - address: of the frame's first byte.
    init(_ path: UnsafeRawBufferPointer, _ frame: UnsafeRawBufferPointer, at address: UInt64) {
        unsafe self.path = path
        unsafe self.frame = frame
        self.address = address
        end = path.count
        slots = frame.count / 8
        start = unsafe path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
    }

    /// Writes digits of a number, the first one in front.
    static func write(_ number: UInt64, to buffer: UnsafeMutableRawBufferPointer) {
        var number = number
        for index in buffer.indices {
            unsafe buffer[index] = alphabet.utf8Start[Int(number % 62)]
            number /= 62
        }
    }

    /// Whether what stands before an offset of code can be a call: with a distance, or by a register or a place in memory.
    static func isAfterCall(_ code: UnsafeRawBufferPointer, _ offset: Int) -> Bool {
        guard offset >= 7, offset <= code.count else { return false }
        if unsafe code[offset - 5] == 0xe8 { return true }
        return (2...7).contains { unsafe code[offset - $0] == 0xff && code[offset - $0 + 1] >> 3 & 7 == 2 }
    }

    /// Whether code has the multiplier in it.
    static func hasMultiplier(_ code: UnsafeRawBufferPointer) -> Bool {
        var offset = 0
        while offset + 8 <= code.count {
            if unsafe code.loadUnaligned(fromByteOffset: offset, as: UInt64.self) == multiplier { return true }
            offset += 1
        }
        return false
    }

    /// The letters that were made; nil if there are none, or if there are the same ones twice, as in `lon.lon`: then nobody can tell
    /// which of them were.
    ///
    /// - Parameter words: random numbers that were taken, the last one first.
    func letters(_ words: [UInt64]) -> Letters? { lettersOfWords(words) ?? lettersOfClock() }

    // MARK: Random numbers

    private func lettersOfWords(_ words: [UInt64]) -> Letters? {
        guard let last = words.first else { return nil }
        var (best, isOnly) = (Letters(letters: 0..<0), true)
        for count in 1...Self.mostDigits where count <= end - start && hasWord(last / Self.powers[count]) {
            for first in start...end - count where number(first..<first + count) == last % Self.powers[count] {
                let found = withLettersBefore(Letters(letters: first..<first + count, words: 1), words)
                guard found.letters.count >= best.letters.count else { continue }
                isOnly = found.letters.count > best.letters.count
                best = found
            }
        }
        // Nobody asks for one letter or two.
        return isOnly && best.letters.count >= Self.fewestDigits ? best : nil
    }

    /// A long name has ten letters of each number before.
    ///
    /// - Parameter last: letters of the number that was taken last.
    private func withLettersBefore(_ last: Letters, _ words: [UInt64]) -> Letters {
        var found = Letters(letters: last.letters, words: Self.taken(words, from: 0))
        while found.letters.lowerBound - Self.mostDigits >= start {
            let before = found.letters.lowerBound - Self.mostDigits..<found.letters.lowerBound
            guard let number = number(before) else { break }
            if found.words < words.count, words[found.words] % Self.powers[Self.mostDigits] == number {
                found.words = Self.taken(words, from: found.words)
            } else if isFromClockAndGone(number) {
                return Letters(letters: before.lowerBound..<found.letters.upperBound, words: found.words)
            } else {
                break
            }
            found.letters = before.lowerBound..<found.letters.upperBound
        }
        return found
    }

    /// How many numbers there are up to this one, and with those that were too unfair to be taken instead.
    private static func taken(_ words: [UInt64], from index: Int) -> Int {
        var end = index + 1
        while end < words.count, words[end] >= firstUnfair { end += 1 }
        return end
    }

    private func hasWord(_ word: UInt64) -> Bool {
        (0..<slots).contains { self.word($0) == word }
    }

    private func word(_ slot: Int) -> UInt64 { unsafe frame.loadUnaligned(fromByteOffset: 8 * slot, as: UInt64.self) }

    private func place(_ slot: Int) -> UInt64 { address &+ UInt64(8 * slot) }

    // MARK: The clock

    private func lettersOfClock() -> Letters? {
        // What the library's own functions take first, and mktemp(1) by itself. Then from the longest: what is left of a number when one
        // letter less was taken is so small for eight that any counter in the frame can be the same.
        for count in [6, Self.mostDigits, 9, 8, 7, 5, 4, 3] where count <= end - start {
            var places = (start...end - count).lazy.filter { first in
                guard let number = number(first..<first + count) else { return false }
                return isFromClock(number, count)
            }.makeIterator()
            guard let first = places.next() else { continue }
            return places.next() == nil ? Letters(letters: first..<first + count) : nil
        }
        return nil
    }

    /// Whether letters are digits of a number from the clock, the rest of which is in the frame.
    private func isFromClock(_ digits: UInt64, _ count: Int) -> Bool {
        (0..<slots).contains { Self.isFromClock(digits, word($0), count, place: place($0)) }
    }

    /// As `isFromClock`, of as many letters as there can be, when the variable has become another number since.
    private func isFromClockAndGone(_ digits: UInt64) -> Bool {
        (0..<slots).contains { slot in
            (0...UInt64.max / Self.powers[Self.mostDigits]).contains {
                Self.isFromClock(digits, $0, Self.mostDigits, place: place(slot))
            }
        }
    }

    /// - Parameter place: of the variable.
    private static func isFromClock(_ digits: UInt64, _ rest: UInt64, _ count: Int, place: UInt64) -> Bool {
        let (high, isTooMuch) = rest.multipliedReportingOverflow(by: powers[count])
        let (number, overflow) = high.addingReportingOverflow(digits)
        guard !isTooMuch, !overflow, number < firstUnfair else { return false }
        return ((number &- increment) &* inverse) ^ (place >> 4) < nanoseconds
    }

    // MARK: Letters

    /// The number that letters of the path are the digits of.
    private func number(_ range: Range<Int>) -> UInt64? {
        var number: UInt64 = 0
        for index in range.reversed() {
            guard let digit = unsafe Self.digit(path[index]) else { return nil }
            number = number * 62 + digit
        }
        return number
    }

    private static func digit(_ letter: UInt8) -> UInt64? {
        switch letter {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt64(letter - UInt8(ascii: "a"))
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt64(letter - UInt8(ascii: "A")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(letter - UInt8(ascii: "0")) + 52
        default: nil
        }
    }
}
