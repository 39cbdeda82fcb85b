import Foundation
import Testing

@testable import BelljarSandbox

/// The filters of the profile `nested`, asked without loading them: where they differ from the others, and in nothing else.
@Suite struct NestedFilterTests {
    private struct Stack: Sendable {
        var strict: [ClassicBPF]
        var nested: [ClassicBPF]

        init(_ profile: SeccompProfile) throws {
            strict = try [SeccompProfile.baseline, profile].map { try ClassicBPF(SeccompCompiler.compile($0)) }
            nested = try [SeccompProfile.nestedBaseline, profile.nested].map {
                try ClassicBPF(SeccompCompiler.compile($0))
            }
        }
    }

    /// Of a builder, of fake root, and of fake root where PID 1 remembers owners.
    private static let stacks = Result { try [SeccompProfile.builder, .fakeRoot, .ownerOfAll].map(Stack.init) }
    private let stacks: [Stack]

    init() throws { stacks = try Self.stacks.get() }

    private static let golden = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "Golden/nested-system-calls.tsv")

    /// Every number from 0 to 600, with arguments of zero.
    @Test func theDifferencesAreTheGoldenOnes() throws {
        let names = Dictionary(
            uniqueKeysWithValues: SystemCallTable.families.flatMap { $0.calls.map { ($0.key, $0.value) } })
        for stack in stacks {
            let rows = try (0...600 as ClosedRange<UInt32>).compactMap { number -> String? in
                let call = SeccompCall(number: number)
                let answers = (try SeccompAnswer.of(stack.strict, call), try SeccompAnswer.of(stack.nested, call))
                guard answers.0 != answers.1 else { return nil }
                return "\(number)\t\(names[number] ?? "-")\t\(answers.0)\t\(answers.1)"
            }
            let golden = try String(contentsOf: Self.golden, encoding: .utf8).split(separator: "\n")
            #expect(rows == golden.filter { !$0.hasPrefix("#") }.map(String.init))
        }
    }

    private func answer(_ name: String, _ arguments: [UInt64], _ filters: [ClassicBPF]) throws -> SeccompAnswer {
        let padded = arguments + [UInt64](repeating: 0, count: 6 - arguments.count)
        return try .of(filters, SeccompCall(number: SeccompProfile.number(name), arguments: padded))
    }

    /// CLONE_NEWCGROUP, NEWUTS, NEWIPC and NEWNET, alone and with those that are open, and for unshare NEWTIME; for clone that
    /// bit is part of the exit signal. No other bit is the filter's business.
    @Test(arguments: ["clone", "unshare"]) func eachBitIsOpenOrClosed(_ name: String) throws {
        let closed: Set<UInt64> = name == "clone" ? [25, 26, 27, 30] : [7, 25, 26, 27, 30]
        // Nothing, NEWUSER, NEWNS, NEWPID, the three of them, and a thread's flags.
        let others: [UInt64] = [0, 1 << 28, 1 << 17, 1 << 29, 0x3002_0000, 0x3d_0f00, 0x11]
        for bit in 0..<64 as Range<UInt64> {
            for other in others {
                let expected: SeccompAnswer = closed.contains(bit) ? .error(1) : .allow
                for stack in stacks {
                    #expect(try answer(name, [1 << bit | other], stack.nested) == expected, "\(bit) \(other)")
                }
            }
        }
        for stack in stacks {
            #expect(try answer(name, [UInt64.max], stack.nested) == .error(1))
            #expect(try answer(name, [0x3002_0000], stack.nested) == .allow)
        }
    }

    /// What looks at arguments in the other profile does so in this one.
    @Test func otherArgumentsAreRefusedAsBefore() throws {
        let calls: [(String, [UInt64])] = [
            ("ioctl", [0, 0x5412]), ("ioctl", [0, 0x541c]), ("ioctl", [0, 0x5423]), ("socket", [17, 3, 0]),
            ("socket", [16, 3, 15]), ("socket", [2, 1, 132]), ("personality", [0x40_0000]), ("prlimit64", [1, 7, 8]),
            ("renameat2", [0, 0, 0, 0, 4]), ("mknod", [0, 0o020000]), ("mknodat", [0, 0, 0o060000]),
        ]
        for stack in stacks {
            for (name, arguments) in calls {
                let strict = try answer(name, arguments, stack.strict)
                #expect(try answer(name, arguments, stack.nested) == strict, "\(name) \(arguments)")
            }
        }
        for (name, arguments) in calls { #expect(try answer(name, arguments, stacks[0].nested) != .allow, "\(name)") }
    }

    @Test func foreignArchitecturesAreKilledAndUnknownNumbersAreAbsent() throws {
        for stack in stacks {
            for number in UInt32(0)...600 {
                let i386 = SeccompCall(number: number, architecture: SeccompCall.i386)
                #expect(try SeccompAnswer.of(stack.nested, i386) == .killProcess)
                let x32 = SeccompCall(number: number | 0x4000_0000)
                #expect(try SeccompAnswer.of(stack.nested, x32) == .error(38))
            }
        }
    }
}
