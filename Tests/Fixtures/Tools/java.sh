# toolchain: debian-12-java
# Java: threads, a pool, and the collector's own threads
cat >Main.java <<'J'
import java.util.concurrent.*;
import java.util.stream.*;

public class Main {
    public static void main(String[] arguments) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(8);
        var results = pool.invokeAll(IntStream.range(0, 100).mapToObj(i -> (Callable<Integer>) () -> {
            byte[][] garbage = new byte[100][];
            for (int k = 0; k < 100; k++) garbage[k] = new byte[10000];
            return i;
        }).collect(Collectors.toList()));
        int sum = 0;
        for (var result : results) sum += result.get();
        pool.shutdown();
        int parallel = IntStream.range(0, 1000).parallel().sum();
        if (sum != 4950 || parallel != 499500) throw new Error(sum + " " + parallel);
    }
}
J
javac Main.java
java -Xmx256m Main
