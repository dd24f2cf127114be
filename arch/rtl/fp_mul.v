// Product of two floats of EXP exponent and MAN mantissa bits, IEEE 754: to nearest even, subnormals in and out,
// infinities, NaN canonical (positive, quiet, no payload). FINITE = 1: the largest field holds numbers too, and the
// product saturates. Combinational.
//   EXP = 8, MAN = 23: a = 32'h40400000 (3), b = 32'hC0000000 (-2): product = 32'hC0C00000 (-6).
//   a = 32'h7F800000 (inf), b = 32'h80000000 (-0): product = 32'h7FC00000 (NaN).
//   a = 32'h00800000 (2^-126), b = 32'h3F000001: product = 32'h00400000 (tie to even).
module fp_mul #(
    parameter EXP = 8,
    parameter MAN = 23,
    parameter BIAS = (1 << (EXP - 1)) - 1,
    parameter FINITE = 0
) (
    input  wire [EXP+MAN:0] a,
    input  wire [EXP+MAN:0] b,
    output wire [EXP+MAN:0] product
);
  localparam BITS = 2 * MAN + 2;  // of the exact significand
  localparam ROOM = EXP + 2;  // bits of the exponent with its sign
  localparam STAGES = $clog2(MAN + 3);  // of a shift by 0..MAN+2

  wire a_normal = |a[MAN+:EXP];
  wire b_normal = |b[MAN+:EXP];
  wire [BITS-1:0] full = {{MAN + 1{1'b0}}, a_normal, a[MAN-1:0]} * {{MAN + 1{1'b0}}, b_normal, b[MAN-1:0]};
  // Were the top bit of `full` 1, the product's field would be room + 1. A subnormal has the exponent of field 1.
  wire [ROOM-1:0] room = {2'b00, a[MAN+1+:EXP-1], a[MAN] || !a_normal} + {2'b00, b[MAN+1+:EXP-1], b[MAN] || !b_normal} -
      BIAS[ROOM-1:0];
  wire tiny = room[ROOM-1];
  wire [ROOM-1:0] excess = -room;

  // Left until the top bit is 1 or the field is that of subnormals; right by `excess` when below it.
  reg [BITS-1:0] bits;
  reg [ROOM-1:0] left;
  reg lost;
  integer i;
  always @* begin
    bits = full;
    left = tiny ? {ROOM{1'b0}} : room;
    lost = 1'b0;
    for (i = STAGES - 1; i >= 0; i = i - 1) begin
      if (tiny) begin
        if (excess[i]) begin
          lost = lost || |(bits & ~({BITS{1'b1}} << (1 << i)));
          bits = bits >> (1 << i);
        end
      end else if (!(|(bits >> (BITS - (1 << i)))) && |(left >> i)) begin
        bits = bits << (1 << i);
        left = left - ({{ROOM - 1{1'b0}}, 1'b1} << i);
      end
    end
  end

  wire normal = bits[BITS-1];
  wire up = bits[MAN] && (bits[MAN+1] || lost || |bits[MAN-1:0]);
  // The leading 1 adds one to the field, and so does a mantissa that rounds up to 2.
  wire [ROOM+MAN-1:0] rounded = {left & {ROOM{normal}}, {MAN{1'b0}}} + {{ROOM - 1{1'b0}}, bits[BITS-1:MAN+1]} +
      {{ROOM + MAN - 1{1'b0}}, up};
  wire zero = tiny && |excess[ROOM-1:STAGES];  // far below half of the smallest number

  wire sign = a[EXP+MAN] ^ b[EXP+MAN];
  generate
    if (FINITE != 0) begin : finite
      wire over = |rounded[ROOM+MAN-1:EXP+MAN];
      assign product = {sign, zero ? {EXP + MAN{1'b0}} : over ? {EXP + MAN{1'b1}} : rounded[EXP+MAN-1:0]};
    end else begin : ieee
      wire over = |rounded[ROOM+MAN-1:EXP+MAN] || &rounded[EXP+MAN-1:MAN];
      wire a_top = &a[MAN+:EXP];
      wire b_top = &b[MAN+:EXP];
      wire a_zero = a[EXP+MAN-1:0] == {EXP + MAN{1'b0}};
      wire b_zero = b[EXP+MAN-1:0] == {EXP + MAN{1'b0}};
      wire nan = (a_top && (|a[MAN-1:0] || b_zero)) || (b_top && (|b[MAN-1:0] || a_zero));
      wire infinite = a_top || b_top || (over && !zero);
      assign product = nan ? {1'b0, {EXP + 1{1'b1}}, {MAN - 1{1'b0}}} :
          infinite ? {sign, {EXP{1'b1}}, {MAN{1'b0}}} : {sign, zero ? {EXP + MAN{1'b0}} : rounded[EXP+MAN-1:0]};
    end
  endgenerate
endmodule
