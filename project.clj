(defproject dealstream "0.1.0"
  :description "Exact conversion rates of every deal in every audience, within seconds, on Storm"
  :resource-paths ["_resources"]
  :target-path "_build"
  :min-lein-version "2.0.0"
  ; Maven Central as Leiningen knows it, and Debian's own packages; Clojars has nothing that is needed
  :repositories ^:replace [~(first leiningen.core.project/default-repositories)
                           ["debian" {:url "file:///usr/share/maven-repo" :checksum :ignore :snapshots false}]]
  :plugin-repositories ^:replace [~(first leiningen.core.project/default-repositories)]
  ; storm-clojure asks for a library that only Clojars has, and that nothing here uses
  :managed-dependencies [[org.apache.storm/storm-clojure "2.8.3" :exclusions [org.clojars.bipinprasad/carbonite]]]
  ; what Storm and the components talk to each other in
  :java-source-paths ["java"]
  :prep-tasks ^:replace [["with-profile" "+storm" "javac"]]
  :dependencies [[org.msgpack/msgpack-core "0.9.8"]]
  ; a cluster has Storm, so the jar has not; streamparse looks for exactly this dependency
  :profiles {:storm {:dependencies [[org.apache.storm/storm-core "2.8.3"]]}
             :default [:leiningen/default :storm]}
  :jar-exclusions [#"\.clj$" #"META-INF/maven" #"META-INF/leiningen"]
  :uberjar-exclusions [#"log4j\.properties" #"META-INF/.*\.(SF|DSA|RSA)"])
