# Creates a kind cluster `library` whose containerd has Spin's shim, and the registry test-registry:5000.
kind create cluster --name library --config - <<'CONFIG'
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
containerdConfigPatches:
  - |-
    [plugins."io.containerd.cri.v1.images".registry]
      config_path = "/etc/containerd/certs.d"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.spin]
      runtime_type = "io.containerd.spin.v2"
      [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.spin.options]
        SystemdCgroup = true
CONFIG
docker run --detach --name test-registry --network kind --publish 127.0.0.1:5000:5000 registry:2
image=$(docker create ghcr.io/spinframework/containerd-shim-spin/k3d:v0.24.0)
for node in $(kind get nodes --name library); do
  docker cp "$image:/bin/containerd-shim-spin-v2" - | docker cp - "$node:/usr/local/bin"
  docker exec "$node" mkdir -p /etc/containerd/certs.d/test-registry:5000
  echo '[host."http://test-registry:5000"]' |
    docker exec --interactive "$node" cp /dev/stdin /etc/containerd/certs.d/test-registry:5000/hosts.toml
done
docker rm "$image"
