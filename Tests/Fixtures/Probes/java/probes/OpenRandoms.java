import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/** Open: random numbers that are seeded by System.nanoTime, a clock that runs for real, and the order of immutable sets. */
public class OpenRandoms {
    public static void main(String[] arguments) {
        System.out.println(new Random().nextLong() + " " + Math.random() + " " + ThreadLocalRandom.current().nextLong());
        System.out.println(System.nanoTime());
        System.out.println(Set.of("a", "b", "c", "d", "e", "f") + " " + Map.of("a", 1, "b", 2, "c", 3, "d", 4));
    }
}
