import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.LongSupplier;

/** Does work to warm up, and once more to be measured. */
final class Measured {
  interface Work {
    void run() throws Exception;
  }

  private Measured() {}

  /** Counts what all threads take; Linux tells that in hundredths of a second. */
  static void twice(Work work) throws Exception {
    twice(work, ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())::getProcessCpuTime);
  }

  /** Counts, far finer, what this thread takes, for work that has no other. */
  static void twiceInThread(Work work) throws Exception {
    twice(work, ManagementFactory.getThreadMXBean()::getCurrentThreadCpuTime);
  }

  private static void twice(Work work, LongSupplier clock) throws Exception {
    work.run();
    System.out.println("begin");
    System.out.flush();
    long begun = clock.getAsLong();
    work.run();
    System.out.println("end " + (clock.getAsLong() - begun) / 1e9);
    System.out.flush();
  }
}
