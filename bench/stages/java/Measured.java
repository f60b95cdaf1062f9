import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** Does work to warm up, and once more to be measured. */
final class Measured {
  interface Work {
    void run() throws Exception;
  }

  private Measured() {}

  static void twice(Work work) throws Exception {
    OperatingSystemMXBean process = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    work.run();
    System.out.println("begin");
    System.out.flush();
    long begun = process.getProcessCpuTime();
    work.run();
    System.out.println("end " + (process.getProcessCpuTime() - begun) / 1e9);
    System.out.flush();
  }
}
