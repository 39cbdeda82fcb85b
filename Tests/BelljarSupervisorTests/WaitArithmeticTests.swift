import BelljarKernel
import Testing

@testable import BelljarSupervisor

/// Lengths and points of time that programs ask for: any two numbers of 64 bits. A sum that is too large must neither end PID 1 nor
/// become a short wait.
@Suite struct WaitArithmeticTests {
    private static let second: UInt64 = 1_000_000_000
    private static let odd: [Int64] = [
        .min, .min + 1, -1_000_000_000, -1, 0, 1, 999_999_999, 1_000_000_000, 1 << 33, .max / 1_000_000_000, .max - 1,
        .max,
    ]

    @Test func everyLengthIsALength() {
        for seconds in Self.odd {
            for fraction in Self.odd {
                for unit in [1, 1000] as [Int64] {
                    let length = Worker.length(WallTime(seconds: seconds, fraction: fraction), unit: unit)
                    if seconds < 0 || fraction < 0 { #expect(length == 0) }
                    let small = seconds >= 0 && seconds < 1 << 34 && fraction >= 0 && fraction < 1 << 34
                    if small { #expect(length == UInt64(seconds) * Self.second + UInt64(fraction * unit)) }
                }
            }
        }
        // What does not fit lasts for ever, and not a moment.
        #expect(Worker.length(WallTime(seconds: .max, fraction: 0), unit: 1) == .max)
        #expect(Worker.length(WallTime(seconds: 18_446_744_073, fraction: 709_551_615), unit: 1) == .max)
        #expect(Worker.length(WallTime(seconds: 18_446_744_073, fraction: 709_551_616), unit: 1) == .max)
        #expect(Worker.length(WallTime(seconds: 18_446_744_073, fraction: 709_551_614), unit: 1) == UInt64.max - 1)
    }

    @Test func everyPointIsSomewhere() {
        for seconds in Self.odd {
            for fraction in Self.odd {
                for epoch in [0, 1, 1_700_000_000, UInt64(Int64.max), .max] as [UInt64] {
                    let time = WallTime(seconds: seconds, fraction: fraction)
                    let offset = time.offset(from: epoch)
                    #expect(offset <= UInt64(Int64.max))
                    guard time.isValid, let start = Int64(exactly: epoch) else { continue }
                    if seconds < start { #expect(offset == 0) }
                    // And back again.
                    if seconds >= start, seconds - start < 1 << 32 {
                        #expect(WallTime(second: epoch, offset: offset) == time, "\(seconds) \(fraction) \(epoch)")
                    }
                }
            }
        }
    }

    /// What was meant by what is left: never less, and the same again for what is a number that people write.
    @Test func whatWasWantedIsNoLessThanWhatIsLeft() {
        let millisecond: UInt64 = 1_000_000
        var last: UInt64 = 0
        for left in stride(from: 1, to: 3_000 * millisecond, by: 77_773) {
            let wanted = AwaitedTime.wanted(left)
            #expect(wanted >= left && wanted >= last)
            #expect(AwaitedTime.wanted(wanted) == wanted)
            // A little less is left of it by now.
            #expect(AwaitedTime.wanted(wanted - wanted / 200) == wanted)
            last = wanted
        }
        let table: [(UInt64, UInt64)] = [
            (0, millisecond / 10), (1, millisecond / 10), (100_001, millisecond / 5), (9_999_999, 10 * millisecond),
            (10_000_001, 20 * millisecond), (100 * millisecond + 1, 150 * millisecond),
            (999 * millisecond, Self.second),
            (Self.second + 1, 1500 * millisecond), (59_999 * millisecond, 60 * Self.second), (.max, .max),
            (.max - 1, .max),
        ]
        for (left, wanted) in table { #expect(AwaitedTime.wanted(left) == wanted, "\(left)") }
    }

    // MARK: What is due

    private struct Thing: Due {
        let next: UInt64
        let number: Int
    }

    /// A heap that loses its order looks at somebody too late, and a wait that was over is not counted.
    @Test func whatIsDueFirstComesFirst() {
        var (heap, state) = (DueFirst<Thing>(), UInt64(7))
        var held: [UInt64: Int] = [:]
        func random(_ below: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % below
        }
        #expect(heap.next == nil)
        for turn in 0..<4000 {
            if random(5) < (turn < 2000 ? 3 : 2) || heap.count == 0 {
                let next = random(20) == 0 ? .max : random(500)
                heap.insert(Thing(next: next, number: turn))
                held[next, default: 0] += 1
            } else {
                let least = held.keys.min() ?? 0
                #expect(heap.next == least)
                #expect(heap.removeFirst().next == least)
                held[least] = held[least] == 1 ? nil : (held[least] ?? 1) - 1
            }
            #expect(heap.count == held.values.reduce(0, +))
        }
    }

    @Test func heldCallsAreLookedAtOftenEnoughAndNotTooOften() {
        func looks(_ matter: HeldCall.Matter, crowd: Int) -> (count: Int, longest: UInt64) {
            var call = HeldCall(Notification(), matter, deadline: 9, end: Self.second, now: 0)
            var (now, count, longest): (UInt64, Int, UInt64) = (0, 0, 0)
            while call.next < call.end {
                longest = max(longest, call.next - now)
                now = call.next
                call.postpone(now, crowd: crowd)
                count += 1
            }
            return (count, longest)
        }
        let sleep = looks(.sleep, crowd: 1)
        #expect(sleep == (99, 10_000_000))
        let word = looks(.word(address: 8, value: 1, .woken), crowd: 1)
        #expect(word.longest == 2_000_000 && word.count < 520)
        // The more there are, the less often each is looked at.
        let crowd = looks(.lock(address: 8), crowd: 1000)
        #expect(crowd.longest == 20_000_000 && crowd.count < 70)
        let call = HeldCall(Notification(), .words(address: 8, count: 2), deadline: 9, end: .max, now: 5)
        #expect(!call.isSliceOver(HeldCall.slice + 4) && call.isSliceOver(HeldCall.slice + 5))
    }

    @Test(arguments: [
        (FutexWaiter(value: 7, address: 8, flags: 0x02, reserved: 0), true),
        (FutexWaiter(value: 7, address: 8, flags: 0x82, reserved: 0), true),
        (FutexWaiter(value: UInt64(UInt32.max), address: 4, flags: 0x02, reserved: 0), true),
        // Too large a value, an odd address, another size, an unknown flag, and what has to be zero.
        (FutexWaiter(value: 1 << 32, address: 8, flags: 0x02, reserved: 0), false),
        (FutexWaiter(value: 7, address: 6, flags: 0x02, reserved: 0), false),
        (FutexWaiter(value: 7, address: 8, flags: 0x00, reserved: 0), false),
        (FutexWaiter(value: 7, address: 8, flags: 0x03, reserved: 0), false),
        (FutexWaiter(value: 7, address: 8, flags: 0x06, reserved: 0), false),
        (FutexWaiter(value: 7, address: 8, flags: 0x102, reserved: 0), false),
        (FutexWaiter(value: 7, address: 8, flags: 0x02, reserved: 1), false),
    ])
    func waitersAreTakenAsTheKernelTakesThem(waiter: FutexWaiter, isValid: Bool) {
        #expect(waiter.isValid == isValid)
    }

    // MARK: Processors

    /// What a process was told, its children are told, until they are told something else; and nobody who only has its number.
    @Test func whatAThreadWasToldItsChildrenHave() throws {
        let table = AffinityTable()
        let input = try Pipe()
        let child = try ChildProcess.spawn(
            "/bin/sh", argv: ["sh", "-c", "read x"], environment: [:], descriptors: [(input.reader.number, 0)])
        #expect(table.mask(of: child.pid) == nil)
        let all = ProcessorMask(count: 4)
        let first = unsafe ([1] as [UInt64]).withUnsafeBytes { unsafe all.intersection($0) }
        let second = unsafe ([2] as [UInt64]).withUnsafeBytes { unsafe all.intersection($0) }
        table.set(first, of: Host.processId)
        #expect(table.mask(of: Host.processId) == first && table.mask(of: child.pid) == first)
        table.set(second, of: child.pid)
        #expect(table.mask(of: child.pid) == second && table.mask(of: Host.processId) == first)
        #expect(table.mask(of: .max) == nil && table.mask(of: 1) == nil && table.mask(of: 0) == nil)
        #expect(table.mask(of: -5) == nil)
        table.set(second, of: .max)
        #expect(table.mask(of: .max) == nil)
        withExtendedLifetime(input) {}
    }

    // MARK: The library's tunable

    private func search(_ words: [UInt64], cut: Int = 0) throws -> UInt64? {
        let bytes = words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
        var search = try WordSearch(0xdead_beef, in: [0..<UInt64(bytes.count)])
        try unsafe bytes.dropLast(cut).withUnsafeBytes { try unsafe search.look(at: $0, from: 0x7000) }
        return search.tunable
    }

    /// An entry of the library's list: a name of up to 72 bytes, its type, two bounds, the value.
    @Test func theTunableIsFoundByItsWholeEntry() throws {
        func words(_ text: String) -> [UInt64] {
            let bytes = Array(text.utf8)
            return stride(from: 0, to: bytes.count, by: 8).map { start in
                (0..<8).reversed().reduce(0) { $0 << 8 | UInt64(bytes[start + $1]) }
            }
        }
        let name = words("glibc.cpu.hwcaps")
        let rest = [UInt64](repeating: 0, count: 20)
        for zeros in 1...7 {
            let padding = [UInt64](repeating: 0, count: zeros)
            let found = try search([9] + name + padding + [3, 0, 0, 0x5555] + rest)
            #expect(found == 0x7000 + UInt64(8 * (1 + 2 + zeros + 3)), "\(zeros)")
        }
        let padding = [UInt64](repeating: 0, count: 5)
        // Another name, another type, bounds that a text has not, and one that is not all there.
        #expect(try search(words("glibc.cpu.hwcapx") + padding + [3, 0, 0, 5] + rest) == nil)
        #expect(try search(words("glibc.cpu.hwcaps") + words("_mask000") + padding + [3, 0, 0, 5] + rest) == nil)
        #expect(try search(name + padding + [2, 0, 0, 5] + rest) == nil)
        #expect(try search(name + padding + [3, 0, 7, 5] + rest) == nil)
        #expect(try search(name + padding + [3, 7, 0, 5] + rest) == nil)
        #expect(try search(name + [UInt64](repeating: 0, count: 8) + [3, 0, 0, 5] + rest) == nil)
        let whole = name + padding + [3, 0, 0, 5] + [0, 0, 0, 0, 0]
        #expect(try search(whole) == 0x7000 + 8 * 10)
        #expect(try search(whole, cut: 1) == nil)
    }
}
