{{/* What the Pods of both components have in common. */}}
{{- define "amap.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "amap.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* The argument is a dict of port and scheme ("" for plain HTTP). */}}
{{- define "amap.probes" -}}
startupProbe:
  httpGet:
    path: /healthz/live
    port: {{ .port }}
    {{- if .scheme }}
    scheme: {{ .scheme }}
    {{- end }}
  periodSeconds: 2
  failureThreshold: 30
livenessProbe:
  httpGet:
    path: /healthz/live
    port: {{ .port }}
    {{- if .scheme }}
    scheme: {{ .scheme }}
    {{- end }}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
readinessProbe:
  httpGet:
    path: /healthz/ready
    port: {{ .port }}
    {{- if .scheme }}
    scheme: {{ .scheme }}
    {{- end }}
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 2
{{- end }}

{{- define "amap.storeEnvironment" -}}
{{- if eq .Values.store.kind "postgres" }}
- name: AMAP_STORE
  valueFrom:
    secretKeyRef:
      name: {{ .Values.store.existingSecret }}
      key: {{ .Values.store.secretKey }}
{{- end }}
{{- end }}

{{- define "amap.storeMount" -}}
{{- if eq .Values.store.kind "sqlite" -}}
- name: store
  mountPath: /var/lib/amap
{{ end -}}
- name: tmp
  mountPath: /tmp
{{- end }}

{{- define "amap.storeVolume" -}}
{{- if eq .Values.store.kind "sqlite" -}}
- name: store
  persistentVolumeClaim:
    claimName: amap-store
{{ end -}}
- name: tmp
  emptyDir:
    sizeLimit: 1Gi
{{- end }}

{{- define "amap.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end }}
