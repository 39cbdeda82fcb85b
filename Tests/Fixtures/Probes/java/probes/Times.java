import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.Date;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Times, and waits that really wait. */
public class Times {
    interface Wait { void run() throws Exception; }

    static void check(String name, Wait wait) throws Exception {
        long began = System.nanoTime();
        wait.run();
        System.out.println(name + (System.nanoTime() - began >= 290_000_000L ? " ok" : " bad"));
    }

    public static void main(String[] arguments) throws Exception {
        System.out.println(System.currentTimeMillis() + " " + Instant.now() + " " + new Date() + " " + ZonedDateTime.now());
        check("sleep", () -> Thread.sleep(300));
        check("queue", () -> new LinkedBlockingQueue<Integer>().poll(300, TimeUnit.MILLISECONDS));
        check("semaphore", () -> new Semaphore(0).tryAcquire(300, TimeUnit.MILLISECONDS));
        check("object", () -> { var o = new Object(); synchronized (o) { o.wait(300); } });
        check("until", () -> java.util.concurrent.locks.LockSupport.parkUntil(System.currentTimeMillis() + 1300));
        Files.writeString(Path.of("file"), "text");
        System.out.println(Files.readAttributes(Path.of("file"), "unix:*").get("lastModifiedTime"));
    }
}
