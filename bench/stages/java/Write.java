import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.hbase.HBaseConfiguration;
import org.apache.hadoop.hbase.TableName;
import org.apache.hadoop.hbase.client.BufferedMutator;
import org.apache.hadoop.hbase.client.Connection;
import org.apache.hadoop.hbase.client.ConnectionFactory;
import org.apache.hadoop.hbase.client.Put;

/** HBase's own client writing the same cells. */
public final class Write {
  private Write() {}

  /** Arguments: table, family, and a file of rows; see bench/stages/writer.py. */
  public static void main(String[] args) throws Exception {
    byte[] family = args[1].getBytes();
    List<byte[][]> rows = read(args[2]);
    try (Connection connection = ConnectionFactory.createConnection(HBaseConfiguration.create())) {
      Measured.twice(() -> write(connection, TableName.valueOf(args[0]), family, rows));
    }
  }

  private static void write(Connection connection, TableName table, byte[] family, List<byte[][]> rows)
      throws Exception {
    try (BufferedMutator mutator = connection.getBufferedMutator(table)) {
      for (byte[][] row : rows) {
        Put put = new Put(row[0]);
        for (int at = 1; at < row.length; at += 2) {
          put.addColumn(family, row[at], row[at + 1]);
        }
        mutator.mutate(put);
      }
    }
  }

  private static List<byte[][]> read(String file) throws Exception {
    List<byte[][]> rows = new ArrayList<>();
    try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(Paths.get(file))))) {
      for (int rest = in.readInt(); rest > 0; rest--) {
        byte[][] row = new byte[in.readInt()][];
        for (int part = 0; part < row.length; part++) {
          row[part] = in.readNBytes(in.readInt());
        }
        rows.add(row);
      }
    }
    return rows;
  }
}
